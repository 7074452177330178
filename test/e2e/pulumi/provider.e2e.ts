/** The provider that the engine attaches to does what one of AWS would, as far as the stacks ask. */
import { type ServiceError, credentials } from '@grpc/grpc-js';
import { ResourceProviderClient } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as messages from '@pulumi/pulumi/proto/provider_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';

import { Clouds, type Properties } from './clouds';
import { type Served, serve } from './provider';

const INTERFACE = 'aws:ec2/networkInterface:NetworkInterface';

let clouds: Clouds;
let served: Served;
let client: ResourceProviderClient;

beforeEach(async () => {
  clouds = new Clouds();
  served = await serve(clouds);
  client = new ResourceProviderClient(`127.0.0.1:${served.port}`, credentials.createInsecure());
});

afterEach(() => {
  client.close();
  served.stop();
});

/** Waits for the answer to a call. */
async function answer<Response>(
  call: (done: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => (error ? reject(error) : resolve(response)));
  });
}

async function create(type: string, name: string, inputs: Properties): Promise<messages.CreateResponse> {
  const request = new messages.CreateRequest();
  request.setType(type);
  request.setName(name);
  request.setProperties(Struct.fromJavaScript(inputs as Record<string, never>));
  return answer((done) => client.create(request, done));
}

async function read(type: string, id: string): Promise<messages.ReadResponse> {
  const request = new messages.ReadRequest();
  request.setType(type);
  request.setId(id);
  return answer((done) => client.read(request, done));
}

async function diff(type: string, before: Properties, after: Properties): Promise<messages.DiffResponse> {
  const request = new messages.DiffRequest();
  request.setType(type);
  request.setOldInputs(Struct.fromJavaScript(before as Record<string, never>));
  request.setNews(Struct.fromJavaScript(after as Record<string, never>));
  return answer((done) => client.diff(request, done));
}

test('what is created can be read until it is deleted', async () => {
  const inputs = { subnetId: 'subnet-1', privateIps: ['10.0.0.8'] };
  const id = (await create(INTERFACE, 'hpc-0', inputs)).getId();
  expect(id).toMatch(/^eni-/);
  expect((await read(INTERFACE, id)).getInputs()?.toJavaScript()).toEqual(inputs);

  const request = new messages.DeleteRequest();
  request.setType(INTERFACE);
  request.setId(id);
  await answer((done) => client.delete(request, done));
  expect((await read(INTERFACE, id)).getId()).toBe('');
  expect(clouds.made).toEqual([]);
  await expect(answer((done) => client.delete(request, done))).rejects.toThrow('is not there to be deleted');
});

test('the same inputs are no difference, others are, and those that are fixed replace', async () => {
  const before = { subnetId: 'subnet-1', description: 'a' };
  expect((await diff(INTERFACE, before, before)).getChanges()).toBe(
    messages.DiffResponse.DiffChanges.DIFF_NONE,
  );

  const other = await diff(INTERFACE, before, { ...before, description: 'b' });
  expect(other.getChanges()).toBe(messages.DiffResponse.DiffChanges.DIFF_SOME);
  expect([other.getDiffsList(), other.getReplacesList()]).toEqual([['description'], []]);

  const moved = await diff(INTERFACE, before, { ...before, subnetId: 'subnet-2' });
  expect([moved.getDiffsList(), moved.getReplacesList()]).toEqual([['subnetId'], ['subnetId']]);
});

test('random bytes are noted as secrets', async () => {
  const made = await create('random:index/randomBytes:RandomBytes', 'key', { length: 32 });
  const { base64 } = made.getProperties()!.toJavaScript() as { readonly base64: string };
  expect(Buffer.from(base64, 'base64')).toHaveLength(32);
  expect(Array.from(clouds.secrets)).toContain(base64);
});

test('a look-up is answered as AWS does, or fails as it does', async () => {
  const request = new messages.InvokeRequest();
  request.setTok('aws:ssm/getParameter:getParameter');
  request.setArgs(Struct.fromJavaScript({ name: '/none' }));
  await expect(answer((done) => client.invoke(request, done))).rejects.toThrow("couldn't find resource");
});
