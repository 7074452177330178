import * as fc from 'fast-check';

/** Text made of what shells, YAML, TOML and Kubernetes trip over. */
export const nasty: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'"\'`$\\!*?#&|;<>(){}[]~%=^ \t:-'.split('')),
      fc.constantFrom(
        '\n',
        '\n\n',
        '\nEOF\n',
        '$HOME',
        '$(HOME)',
        '$$(HOME)',
        '$(LMP_SERVICE_HOST)',
        '$$(LMP_SERVICE_HOST)',
        '$(date +%s)',
        '$(',
        '$$',
        '$$$',
        '$é',
        '$日本',
        '$🌀',
        '${X:-y}',
        '`date`',
        "'\\''",
        '&&',
        '{{ .Spec }}',
        '%s',
        '---\n',
        'é',
        '\u00a0',
        '\u2028',
        '\ufeff',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));
