/** Arguments of the components and the specs that the model checks are written twice, since no type can be made of both. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

import { ROOT } from '../support/package';

/** The comments of the fields of all interfaces in a file, as they stand there. */
function commentsIn(path: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return Object.fromEntries(
    source.statements.filter(ts.isInterfaceDeclaration).map(({ name, members }) => [
      name.text,
      Object.fromEntries(
        members.map((member) => [
          member.name?.getText(source) ?? '',
          ts
            .getJSDocCommentsAndTags(member)
            .map((comment) => comment.getText(source))
            .join(),
        ]),
      ),
    ]),
  );
}

const SPECS = {
  ...commentsIn('src/model/usernetes/spec.ts'),
  ...commentsIn('src/model/usernetes/image-spec.ts'),
};
const ARGS = {
  ...commentsIn('src/aws/usernetes-cluster-args.ts'),
  ...commentsIn('src/aws/usernetes-image-args.ts'),
};

test.each(Object.keys(ARGS))('%s says of each field what its spec says', (name) => {
  const spec = SPECS[name === 'StoredSecret' ? 'SecretSpec' : `${name.replace(/Args$/, '')}Spec`];
  expect(spec).toBeDefined();
  const all = { ...SPECS.UsernetesInstallSpec, ...spec };
  for (const [field, comment] of Object.entries(ARGS[name] ?? {}))
    expect([field, comment]).toEqual([field, all[field]]);
});
