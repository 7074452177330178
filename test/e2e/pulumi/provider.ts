/** Serves clouds to Pulumi's engine, as a provider of any package that the engine attaches to. */
import {
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
  type handleUnaryCall,
  status,
} from '@grpc/grpc-js';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as messages from '@pulumi/pulumi/proto/provider_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';

import { type Clouds, type Properties, outputsOfMade } from './clouds';
import { type Difference, deletesFirst, differencesOf } from './differences';

/** A provider that listens. */
export interface Served {
  /** On the loopback interface. */
  readonly port: number;
  readonly stop: () => void;
}

/** Starts a provider on a free port. */
export async function serve(clouds: Clouds): Promise<Served> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(ResourceProviderService, callsOf(clouds));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

/**
 * The calls that the engine makes. Handshake, schemas and components are left out, which it takes as not supported; so it
 * sends secrets in clear, and keeps the outputs of their names secret.
 */
function callsOf(clouds: Clouds): UntypedServiceImplementation {
  const checked = answered<messages.CheckRequest>((request) => {
    const response = new messages.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  });
  return {
    getPluginInfo: answered(() => {
      const info = new PluginInfo();
      // At least what any SDK asks for: the engine warns of less.
      info.setVersion('999.0.0');
      return info;
    }),
    attach: answered(() => new Empty()),
    cancel: answered(() => new Empty()),
    checkConfig: checked,
    check: checked,
    configure: answered(() => new messages.ConfigureResponse()),
    diffConfig: answered(() => differing([], false)),

    diff: answered<messages.DiffRequest>((request) => {
      const [before, after] = [valuesOf(request.getOldInputs()), valuesOf(request.getNews())];
      const ignored = request.getIgnorechangesList();
      const counts = ({ path }: Difference): boolean => !ignored.includes(path);
      const differences = differencesOf(request.getType(), before, after).filter(counts);
      return differing(differences, deletesFirst(request.getType(), before, after));
    }),

    create: answered<messages.CreateRequest>((request) => {
      const given = valuesOf(request.getProperties());
      const { id, ...made } = clouds.create(request.getType(), request.getName(), given);
      const response = new messages.CreateResponse();
      response.setId(id);
      response.setProperties(structOf(outputsOfMade(made)));
      return response;
    }),

    read: answered<messages.ReadRequest>((request) => {
      const response = new messages.ReadResponse();
      const made = clouds.get(request.getId(), request.getType());
      // No id says that there is no such resource any more.
      if (!made) return response;
      response.setId(request.getId());
      response.setInputs(structOf(made.inputs));
      response.setProperties(structOf(outputsOfMade(made)));
      return response;
    }),

    update: answered<messages.UpdateRequest>((request) => {
      const made = clouds.update(request.getId(), request.getType(), valuesOf(request.getNews()));
      const response = new messages.UpdateResponse();
      response.setProperties(structOf(outputsOfMade(made)));
      return response;
    }),

    delete: answered<messages.DeleteRequest>((request) => {
      clouds.delete(request.getId(), request.getType());
      return new Empty();
    }),

    invoke: answered<messages.InvokeRequest>((request) => {
      const response = new messages.InvokeResponse();
      response.setReturn(structOf(clouds.call(request.getTok(), valuesOf(request.getArgs()))));
      return response;
    }),
  };
}

/** A call that answers at once; what it throws is the error of the provider. */
function answered<Request>(answer: (request: Request) => unknown): handleUnaryCall<Request, unknown> {
  return ({ request }, callback) => {
    let response: unknown;
    try {
      response = answer(request);
    } catch (error) {
      callback({ code: status.UNKNOWN, details: (error as Error).message });
      return;
    }
    callback(null, response);
  };
}

function differing(differences: readonly Difference[], deleteBeforeReplace: boolean): unknown {
  const response = new messages.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const replaced = differences.filter(({ replaces }) => replaces).map(({ path }) => path);
  response.setChanges(differences.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList(differences.map(({ path }) => path));
  response.setReplacesList(replaced);
  response.setDeletebeforereplace(deleteBeforeReplace && replaced.length > 0);
  // By it the engine finds what a program asks to replace: `replaceOnChanges`.
  response.setHasdetaileddiff(true);
  for (const { path, kind, replaces } of differences) {
    const detail = new messages.PropertyDiff();
    detail.setKind(messages.PropertyDiff.Kind[replaces ? (`${kind}_REPLACE` as const) : kind]);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

function valuesOf(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function structOf(values: Properties): Struct {
  // JSON leaves out what is undefined, which a Struct cannot hold.
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(values)));
}
