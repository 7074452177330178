/** Kubernetes objects among what a Pulumi program registered. */
import { Registered, labelOf } from './pulumi-deploy';

/** What is said of an object to the provider and the engine, not to Kubernetes. */
const OF_PULUMI = /^pulumi\.com\/|^flux-framework\.org\/scripts$/;

/** The object of a resource, without what is said of it to the provider and the engine. */
export function objectOf({ inputs }: Registered): object {
  return withoutHints(inputs);
}

/** The same of a manifest. */
export function withoutHints(object: object): object {
  const { metadata, ...content } = object as { metadata: { annotations?: Record<string, string> } };
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !OF_PULUMI.test(name));
  const others = Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'annotations'));
  return {
    ...content,
    metadata: {
      ...others,
      ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    },
  };
}

/** What tells the provider how to wait: `{ skipAwait: 'true' }`. */
export function waitOf({ inputs }: Registered): Readonly<Record<string, string>> {
  const { annotations = {} } = inputs.metadata as { annotations?: Record<string, string> };
  return Object.fromEntries(
    Object.entries(annotations)
      .filter(([name]) => name.startsWith('pulumi.com/'))
      .map(([name, value]) => [name.slice('pulumi.com/'.length), value]),
  );
}

/** Resources of the Kubernetes provider, each after those that it depends on. */
export function kubernetesResources(resources: readonly Registered[]): Registered[] {
  const all = resources.filter(({ type }) => type.startsWith('kubernetes:'));
  const ordered: Registered[] = [];
  const visit = (resource: Registered): void => {
    if (ordered.includes(resource)) return;
    all.filter((other) => resource.dependsOn.includes(labelOf(other))).forEach(visit);
    ordered.push(resource);
  };
  all.forEach(visit);
  return ordered;
}

/** The one of a kind and, where there are several, name. */
export function objectNamed(resources: readonly Registered[], kind: string, name?: string): Registered {
  const found = kubernetesResources(resources).filter(
    ({ inputs }) =>
      inputs.kind === kind && (name === undefined || (inputs.metadata as { name: string }).name === name),
  );
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name ?? ''}`);
  return found[0]!;
}
