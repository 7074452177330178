import { SECRET_VARIABLE } from '../certificate/in-cluster';
import { Manifest } from '../manifest';
import { connectContent, contentLines, distributeFrame, isContent, isDistribute } from './draw/distribute';
import { missingBox, objectBox, targetOf } from './draw/objects';
import { leadOf } from './draw/overlay';
import { containerId, needsOf } from './draw/pods';
import { Rights, rightsOf } from './draw/rights';
import { Sketch } from './draw/sketch';
import { collapsed } from './draw/collapse';
import { counted, listed } from './draw/words';
import { overlayId, podsId, workloadFrame } from './draw/workloads';
import { variablesOf } from './read/brokers';
import { KubernetesObject, Objects, objectId, readObjects } from './read/objects';
import { isMiniCluster, isOperator, miniClusterCompanions, miniClusterWorkload } from './read/operator';
import { textMapOf, textOf, treesOf, valueAt } from './read/tolerant';
import { Workload } from './read/workload';
import { workloadOf } from './read/workloads';
import { Diagram, DiagramBoxKind, DiagramOptions } from './types';

/** Boxes and arrows for some manifests. */
export function diagramOf(manifests: readonly Manifest[], options: DiagramOptions): Diagram {
  const own = readObjects(manifests);
  const ids = new Set(own.map(({ id }) => id));
  const made = own.filter(isMiniCluster).flatMap(miniClusterCompanions);
  const objects = new Objects([...own, ...made.filter(({ id }) => !ids.has(id))]);
  const drawing = new Drawing(objects);
  const { boxes, arrows } = drawing.draw();
  return { title: options.title ?? drawing.title(), ...collapsed(boxes, arrows) };
}

/** One run: what was read of the objects, and what is drawn of it so far. */
class Drawing {
  private readonly sketch = new Sketch();
  private readonly workloads: ReadonlyMap<string, Workload>;
  private readonly rights: Rights;
  private readonly namespaces: readonly string[];

  public constructor(private readonly objects: Objects) {
    this.rights = rightsOf(objects);
    const namespaces = objects.all.map(({ namespace }) => namespace).filter((namespace) => namespace !== '');
    this.namespaces = [...new Set(namespaces)];
    this.workloads = new Map(
      objects.all.flatMap((object) => {
        const workload = isMiniCluster(object)
          ? miniClusterWorkload(object, objects)
          : workloadOf(object, objects);
        return workload ? [[object.id, workload] as const] : [];
      }),
    );
  }

  /** The clusters by their names, or what there is, and where. */
  public title(): string {
    const clusters = this.sketch.boxes.filter(({ kind }) => kind === DiagramBoxKind.CLUSTER);
    const what =
      clusters.length > 0
        ? listed(clusters.map(({ title }) => title))
        : counted(this.objects.all.length, 'object');
    const [namespace = '', ...others] = this.namespaces;
    return namespace === '' || others.length > 0 ? what : `${what} in namespace ${namespace}`;
  }

  public draw(): Sketch {
    for (const object of this.objects.all) this.drawBox(object);
    for (const workload of this.workloads.values()) this.connectWorkload(workload);
    for (const object of this.objects.all) this.connectObject(object);
    this.connectContents();
    return this.sketch;
  }

  private drawBox(object: KubernetesObject): void {
    if (this.rights.told.has(object.id)) return;
    const place =
      this.namespaces.length <= 1 || object.namespace === '' ? [] : [`namespace ${object.namespace}`];
    const workload = this.workloads.get(object.id);
    const rights = this.rights.lines.get(object.id) ?? [];
    if (!workload) this.sketch.add(objectBox(object, [...place, ...rights]));
    else if (isDistribute(object))
      this.sketch.add(distributeFrame(workload, place, this.objects, this.sketch));
    else {
      const content = isContent(object) ? contentLines(workload, this.objects) : [];
      const work = isOperator(object) ? ['makes a Job of each MiniCluster'] : [];
      const lines = [...place, ...workload.lines, ...content, ...work];
      this.sketch.add(workloadFrame(workload, lines, this.sketch));
    }
  }

  /** What its pods need, what they make, and as whom they run. */
  private connectWorkload(workload: Workload): void {
    const { pod, namespace } = workload;
    const pods = this.podsOf(workload);
    for (const { kind, name, containers, label } of needsOf(pod)) {
      const [only] = containers;
      const from = containers.length === 1 && only !== undefined ? containerId(pods, only) : pods;
      this.sketch.need(from, this.required(kind, namespace, name), label);
    }
    const account = textOf(pod.serviceAccountName);
    if (account !== undefined)
      this.sketch.need(pods, this.required('ServiceAccount', namespace, account), 'runs as');
    for (const container of treesOf(pod.containers)) {
      const secret = variablesOf(container).get(SECRET_VARIABLE);
      if (secret !== undefined)
        this.sketch.make(pods, this.required('Secret', namespace, secret), 'fills in the certificate');
    }
  }

  private podsOf(workload: Workload): string {
    const id = `${workload.id}/pods`;
    return this.sketch.has(id) ? id : podsId(workload);
  }

  /** The id of an object that something needs; one that no manifest has gets a box that says so. */
  private required(kind: string, namespace: string, name: string): string {
    const id = objectId(kind, namespace, name);
    if (!this.sketch.has(id)) this.sketch.add(missingBox(id, kind, name));
    return id;
  }

  private connectObject(object: KubernetesObject): void {
    const { id, kind, namespace, body } = object;
    if (kind === 'Service') this.connectService(object);
    if (kind === 'PersistentVolumeClaim') {
      const volume = textOf(valueAt(body, 'spec', 'volumeName'));
      if (volume !== undefined) this.sketch.need(id, this.required('PersistentVolume', '', volume), '');
    }
    const target = targetOf(body, 'spec', 'scaleTargetRef');
    const scaled = target && objectId(target.kind, namespace, target.name);
    if (scaled !== undefined && this.sketch.has(scaled)) this.sketch.make(id, scaled);
    if (isOperator(object))
      for (const cluster of this.objects.all.filter(isMiniCluster)) this.sketch.make(id, cluster.id);
  }

  /** To the pods that it selects, or to the lead broker where it selects the first pod. */
  private connectService({ id, namespace, body }: KubernetesObject): void {
    const selector = Object.entries(textMapOf(valueAt(body, 'spec', 'selector')));
    const isIndex = ([label]: [string, string]): boolean => /(?:^|\/)job-(?:completion-)?index$/.test(label);
    const labels = selector.filter((entry) => !isIndex(entry));
    const isLead = selector.some((entry) => isIndex(entry) && entry[1] === '0');
    if (labels.length === 0) return;
    for (const workload of this.workloads.values()) {
      if (workload.namespace !== namespace) continue;
      if (!labels.every(([label, value]) => workload.labels[label] === value)) continue;
      const lead = leadOf(overlayId(workload));
      this.sketch.connect(id, isLead && this.sketch.has(lead) ? lead : this.podsOf(workload));
    }
  }

  private connectContents(): void {
    const ofKind = (is: (object: KubernetesObject) => boolean): readonly Workload[] =>
      this.objects.all.filter(is).flatMap(({ id }) => this.workloads.get(id) ?? []);
    const contents = ofKind(isContent);
    const distributes = ofKind(isDistribute);
    const others = [...this.workloads.values()].filter(
      (workload) => !contents.includes(workload) && !distributes.includes(workload),
    );
    for (const content of contents) connectContent(content, distributes, others, this.objects, this.sketch);
  }
}
