// One measurement in a process of its own, in a project that has the package installed: node measure.cjs import MODULE...;
// prepare CONSTRUCT OBJECTS FILE, which writes what so many objects are, and tells how many constructs give them; or
// construct CONSTRUCT CONSTRUCTS, plain FILE, yaml FILE. Writes as JSON: milliseconds, peak memory in MiB, and a hash of
// what was rendered.
const { createHash } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { performance } = require('node:perf_hooks');
const constructs = require('./constructs.cjs');

const PACKAGE = 'flux-framework-constructs';
const load = createRequire(join(process.cwd(), 'bench.js'));
const [way, ...words] = process.argv.slice(2);
const metadata = (index) => ({ name: `bench-${index}`, namespace: 'flux' });

/** Renders as many constructs as give so many objects, and keeps the manifests of each for those that render nothing. */
function prepare(name, objects, file) {
  const render = load(PACKAGE)[name[0].toLowerCase() + name.slice(1)];
  const rendered = [];
  for (let count = 0; count < Number(objects); count += rendered.at(-1).length)
    rendered.push(render(metadata(rendered.length), constructs[name](rendered.length)));
  writeFileSync(file, JSON.stringify(rendered));
  process.stdout.write(String(rendered.length));
}

const prepared = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** What is measured: each loads and prepares what it needs, and gives the part that is timed. */
const WAYS = {
  import: (...modules) => {
    return () => modules.map((name) => load(name));
  },
  construct: (name, count) => {
    const Construct = load(`${PACKAGE}/cdk8s`)[name];
    const props = Array.from({ length: Number(count) }, (_, index) => ({
      metadata: metadata(index),
      ...constructs[name](index),
    }));
    return synth((chart) => {
      for (const [index, given] of props.entries()) new Construct(chart, `bench-${index}`, given);
    });
  },
  plain: (file) => {
    const { ApiObject } = load('cdk8s');
    const rendered = prepared(file);
    return synth((chart) => {
      for (const [index, manifests] of rendered.entries()) {
        const objects = manifests.map((manifest, at) => new ApiObject(chart, `${index}-${at}`, manifest));
        objects.slice(1).forEach((object, at) => object.addDependency(objects[at]));
      }
    });
  },
  yaml: (file) => {
    const { stringify } = require('yaml');
    const documents = prepared(file).flat();
    return (folder) => {
      const texts = documents.map((document) => stringify(document));
      writeFileSync(join(folder, 'bench.k8s.yaml'), texts.join('---\n'));
    };
  },
};
/** Synthesizes a chart with what is added to it. */
function synth(add) {
  const { App, Chart } = load('cdk8s');
  return (folder) => {
    const app = new App({ outdir: folder });
    add(new Chart(app, 'bench'));
    app.synth();
  };
}

function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const timed = WAYS[way](...words);
    const start = performance.now();
    timed(folder);
    const milliseconds = performance.now() - start;
    // Linux and macOS differ in the unit of what the system tells; Node gives KiB on both.
    const mebibytes = process.resourceUsage().maxRSS / 1024;
    return { milliseconds, mebibytes, hash: way === 'import' ? '' : hashOf(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same for the same documents, in whatever order. */
function hashOf(folder) {
  const documents = readFileSync(join(folder, 'bench.k8s.yaml'), 'utf8').split(/^---\n/m);
  return createHash('sha256').update(documents.sort().join('---\n')).digest('hex');
}

if (way === 'prepare') prepare(...words);
else process.stdout.write(JSON.stringify(measure()));
