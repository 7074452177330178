/** The pictures of the pages are those that the examples give now. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diagramImages } from '../../../scripts/generate/diagrams';
import { manifestsOf } from '../../support/diagrams';
import { manifestsIn } from '../../support/manifests';
import { ROOT } from '../../support/package';
import { BLOCKS } from '../../support/pages';
import { runProgram } from '../../support/program';

test('docs/images holds what `npm run generate` would write', async () => {
  const images = await diagramImages(ROOT);
  const old = images.filter(({ path, text }) => readFileSync(join(ROOT, path), 'utf8') !== text);
  expect(old.map(({ path }) => path)).toEqual([]);
  expect(images).toHaveLength(10);
});

describe("the README's first program", () => {
  let output: string;
  beforeEach(() => {
    output = mkdtempSync(join(tmpdir(), 'readme-'));
    process.env.CDK8S_OUTDIR = output;
  });
  afterEach(() => {
    Reflect.deleteProperty(process.env, 'CDK8S_OUTDIR');
    rmSync(output, { recursive: true, force: true });
    jest.restoreAllMocks();
  });

  test('renders what its picture is of, with the warning that the text below speaks of', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation();
    runProgram(BLOCKS.find(({ page, language }) => page === 'README.md' && language === 'ts')!.code);
    const texts = readdirSync(output).map((file) => readFileSync(join(output, file), 'utf8'));
    expect(texts.flatMap(manifestsIn)).toEqual(manifestsOf('hello-world'));
    expect(warn.mock.calls.map(([text]) => String(text).replace(/.*\((\w+)\)$/, '$1'))).toEqual(['MC065']);
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain('docs/images/hello-world-light.svg');
  });
});
