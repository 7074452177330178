/** What diagrams are drawn as. */
import * as fc from 'fast-check';
import { parse } from 'yaml';
import {
  Diagram,
  DiagramArrowKind,
  DiagramBox,
  DiagramBoxKind,
  DiagramTheme,
  diagram,
  mermaid,
  svg,
} from '../../../src';
import { EXAMPLE_NAMES, allBoxes, manifestsOf } from '../../support/diagrams';
import { nasty } from '../../support/nasty-text';

function box(
  id: string,
  title: string,
  lines: readonly string[] = [],
  boxes: readonly DiagramBox[] = [],
): DiagramBox {
  return { id, kind: DiagramBoxKind.OBJECT, title, lines, boxes, isApart: false };
}

/** Two boxes, one in a frame, with an arrow: a text everywhere that a text may be. */
function diagramOf(text: string): Diagram {
  return {
    title: text,
    boxes: [box(`frame ${text}`, text, [text], [box(text, text, [text])]), box('other', 'other')],
    arrows: [{ from: text, to: 'other', kind: DiagramArrowKind.NEEDS, label: text }],
  };
}

/** How texts are shown that no picture can hold as they are: on one line, and read from left to right. */
const MENDED = [
  ['two lines', 'two\nlines'],
  ['Windows tabs', 'Windows\r\n\ttabs'],
  [' nothing next', '\0nothing\u0085next'],
  ['line paragraph end', 'line\u2028paragraph\u2029end'],
  ['no character ', 'no\ufffecharacter\uffff'],
  ['not exe.txt', 'not \u202eexe.txt\u202c'],
  ['right to left', '\u200fright\u2067 to \u2069left\u061c'],
  ['half \ufffd, the other \ufffd', 'half \ud83c, the other \udf00'],
  ['both \u{1f300}', 'both \ud83c\udf00'],
] as const;

/** What a picture must not hold: control characters, line breaks, what turns the direction, halves of characters. */
const BROKEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\ufffe\uffff]/u;

/** Any text: what tools trip over, and every character that there is. */
const anyText = fc.oneof(
  nasty,
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '1. list',
    '- list',
    '\u00a0- list',
    '$$x$$',
    'fa:fa-car',
    '\\n',
    'ﬂ°°35¶ß',
    '<b>',
    '#35;',
    '%%{init}%%',
    '"`x`"',
    '\ud800',
  ),
);

/** Letters, marks, numbers, punctuation, symbols and blanks, which are shown as they are. */
const visible = anyText.map((text) => text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, ''));

describe('Mermaid', () => {
  /** The labels of a flowchart, as Mermaid's HTML would show them. */
  function labels(text: string): string[] {
    const flowchart = text.slice(text.indexOf('flowchart LR'));
    return [...flowchart.matchAll(/"([^"]*)"[\])|]/g)].map(([, label = '']) => label);
  }
  const decoded = (label: string): string =>
    label
      .replace(/<\/?b>/g, '')
      .replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
      .replaceAll('\u2060', '');

  test('is a flowchart whose lines are boxes, frames, arrows and styles', () => {
    const text = mermaid(diagram(manifestsOf('multi-application')));
    const [before, after = ''] = text.trimEnd().split('\nflowchart LR\n');
    const lines = after.split('\n');
    expect(parse(before!.replaceAll('---', ''))).toEqual({
      title: 'MultiApplicationCluster flux-sample in namespace flux',
      config: { flowchart: { wrappingWidth: 600 } },
    });
    const label = '"[^"]+"';
    const known = [
      `b\\d+(?:\\[${label}\\]|\\(${label}\\)|\\(\\[${label}\\]\\)|\\[\\(${label}\\)\\])`,
      `subgraph b\\d+\\[${label}\\]`,
      `b\\d+_lines\\[${label}\\]:::lines`,
      'end',
      `b\\d+ (?:-->|-\\.->|==>)(?:\\|${label}\\|)? b\\d+`,
      'classDef \\w+ [\\w:#,\\s-]+',
      'class b\\d+(?:,b\\d+)* \\w+',
      'style b\\d+ [\\w:#,\\s-]+',
    ].map((form) => new RegExp(`^ +${form}$`));
    expect(lines.filter((line) => !known.some((form) => form.test(line)))).toEqual([]);
    expect(lines.filter((line) => line.trim() === 'end')).toHaveLength(
      lines.filter((line) => line.includes('subgraph')).length,
    );
  });

  test('holds every text as an entity or as what means nothing, whatever it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const drawn = mermaid(diagramOf(text));
        const written = labels(drawn);
        const [title = ''] = written.map(decoded);
        const both = `${title}<br>${title}`;
        expect(written.map(decoded)).toEqual([title, title, both, 'other', ...(text === '' ? [] : [title])]);
        expect(title).not.toMatch(BROKEN);
        for (const label of written)
          expect(label).toMatch(/^(?:<b>|<\/b>|<br>|#\d+;|[\p{L}\p{N}\p{M} .,/–…\u2060-])*$/u);
        expect(drawn.split('\n').filter((line) => line.includes('\r'))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('shows what can be seen as it is', () => {
    const property = fc.property(visible, (text) => {
      expect(labels(mermaid(diagramOf(text))).map(decoded)[0]).toBe(text);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test.each(MENDED)('shows "%s" for what it can not hold', (shown, text) => {
    expect(labels(mermaid(diagramOf(text))).map(decoded)[0]).toBe(shown);
  });

  test('keeps apart what Mermaid reads even between entities', () => {
    const drawn = mermaid(diagramOf('$$x$$ fa:fa-car \\n ﬂ°°35¶ß'));
    const [label = ''] = labels(drawn);
    expect(label).not.toMatch(/#36;#36;|fa#58;|#92;n|ﬂ#176;|#182;ß/);
  });

  test('has the colours of its theme', () => {
    const drawn = diagram(manifestsOf('hello-world'));
    expect(mermaid(drawn)).toBe(mermaid(drawn, { theme: DiagramTheme.LIGHT }));
    expect(mermaid(drawn, { theme: DiagramTheme.DARK })).not.toBe(mermaid(drawn));
  });
});

describe('SVG', () => {
  /** The texts of a picture, in their order. */
  function texts(picture: string): string[] {
    return [...picture.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) =>
      text.replace(/&(?:#(\d+)|(amp|lt|gt|quot));/g, (_, code: string | undefined, name: string) =>
        code === undefined
          ? { amp: '&', lt: '<', gt: '>', quot: '"' }[name]!
          : String.fromCodePoint(Number(code)),
      ),
    );
  }

  test.each(EXAMPLE_NAMES)('of %s shows every line of every box, in both themes', async (name) => {
    const drawn = diagram(manifestsOf(name));
    for (const theme of Object.values(DiagramTheme)) {
      const picture = await svg(drawn, { theme });
      const shown = texts(picture).map((text) => text.replaceAll('\u00a0', ' '));
      expect(shown).toEqual(
        expect.arrayContaining(allBoxes(drawn).flatMap(({ title, lines }) => [title, ...lines])),
      );
    }
  });

  test('stands by itself: one element, generic fonts, no script and no address', async () => {
    const picture = await svg(diagram(manifestsOf('flux-distribute')));
    expect(picture).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(picture).toContain('<title>FluxDistribute flux in namespace flux</title>');
    expect(new Set([...picture.matchAll(/font-family="([^"]*)"/g)].map(([, font]) => font))).toEqual(
      new Set(['Helvetica,Arial,sans-serif']),
    );
    expect(picture).not.toMatch(/<script|<image|<a |href|url\(/);
  });

  test('says what its lines mean, the arrows of the tree of brokers among them', async () => {
    const legend = texts(await svg(diagram(manifestsOf('hello-world'))))[1];
    expect(legend).toBe(
      'arrow: connects to · arrow between ranks: parent of · dashed arrow: needs · dashed border: made by others, or later',
    );
    const [one, other] = [box('a', 'a'), box('b', 'b')];
    const arrows = [{ from: 'a', to: 'b', kind: DiagramArrowKind.MAKES, label: '' }];
    expect(texts(await svg({ title: 't', boxes: [one, other], arrows }))[1]).toBe(
      'bold arrow: makes or changes',
    );
  });

  test('is dark on light or light on dark', async () => {
    const drawn = diagram(manifestsOf('hello-world'));
    expect(await svg(drawn)).toContain('fill="#ffffff"');
    expect(await svg(drawn, { theme: DiagramTheme.DARK })).not.toContain('fill="#ffffff"');
  });

  test('has room for texts in every usual font: they were measured with the widest', async () => {
    const line = 'the quick brown fox jumps over 0123456789 lazy dogs';
    const picture = await svg({ title: '', boxes: [box('a', line)], arrows: [] });
    const [, points = ''] = /<path fill="#ffffff" stroke="#8c959f"[^>]* d="([^"]*)"/.exec(picture) ?? [];
    const places = [...points.matchAll(/(-?[\d.]+),-?[\d.]+/g)].map(([, x]) => Number(x));
    // Verdana Bold is about 0.68 em wide at 10.5 points; DejaVu Sans Bold is nearly as wide.
    expect(Math.max(...places) - Math.min(...places)).toBeGreaterThan(line.length * 10.5 * 0.62);
  });

  /** The text in every place where a text may be: what a picture of the empty text has is left out. */
  async function shownFor(text: string): Promise<string[]> {
    const others = texts(await svg(diagramOf('')));
    const shown = texts(await svg(diagramOf(text))).filter((one) => !others.includes(one));
    return shown.map((one) => one.replaceAll('\u00a0', ' ').trim());
  }

  test('takes any text', async () => {
    const property = fc.asyncProperty(anyText, async (text) => {
      const shown = await shownFor(text);
      expect(new Set(shown).size).toBeLessThanOrEqual(1);
      expect(shown.join('')).not.toMatch(BROKEN);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('shows what can be seen as it is, everywhere', async () => {
    const property = fc.asyncProperty(visible, async (text) => {
      const shown = await shownFor(text);
      expect(shown.filter((one) => one === text.trim()).length).toBeGreaterThanOrEqual(
        text.trim() === '' ? 0 : 5,
      );
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test.each(MENDED)('shows "%s" for what it can not hold', async (shown, text) => {
    expect(new Set(await shownFor(text))).toEqual(new Set([shown.trim()]));
  });

  test.each(['\\N', '\\G', '\\E', '\\\\', 's/\\\\n/\\\\L/'])('shows %s as it is', async (text) => {
    expect(new Set(await shownFor(text))).toEqual(new Set([text]));
  });

  test('of the same diagram is the same', async () => {
    const drawn = diagram(manifestsOf('content-distribution'));
    expect(await svg(drawn)).toBe(await svg(drawn));
  });
});
