import { MiniClusterSpec } from '../minicluster/api/v1alpha2';
import { Container } from '../minicluster/api/container';

/**
 * Leaves out the fields that hold an empty text, which says nothing to the operator, and would be a value to Kubernetes.
 * Maps keep theirs: a variable or a label may well be empty.
 */
export function dropEmptyTexts({ pod, network, flux, archive, containers, services }: MiniClusterSpec): void {
  for (const part of [pod, network, archive, flux, flux?.container, flux?.scheduler, flux?.bursting])
    dropFrom(part);
  containers.forEach(dropFromContainer);
  services?.forEach(dropFromContainer);
}

function dropFromContainer(container: Container): void {
  dropFrom(container);
  dropFrom(container.commands);
  dropFrom(container.lifeCycle);
  for (const name in container.volumes) dropFrom(container.volumes[name]);
}

function dropFrom(part: object | undefined): void {
  for (const field in part) {
    if (part[field as keyof typeof part] === '') Reflect.deleteProperty(part, field);
  }
}
