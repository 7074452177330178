import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Matches a package and everything inside it. */
const packages = (...names) => `^(${names.join('|')})(/|$)`;
/** Matches a folder that lies beside one of the importing file's parents. */
const folders = (...names) => `^(\\.\\./)+(${names.join('|')})(/|$)`;

const outsideSrc = {
  regex: folders('test', 'stacks', 'examples', 'scripts', 'bench', 'plugin'),
  message: 'What ships in the package imports nothing that does not.',
};
const cdk8sPlus = {
  regex: packages('cdk8s-plus-\\d+'),
  message: 'Take { readonly name: string }, which objects of every cdk8s-plus fit.',
};
const cdk8s = {
  regex: packages('cdk8s', 'constructs'),
  message: 'Only src/cdk8s knows cdk8s.',
};
const pulumi = {
  regex: packages('@pulumi/[^/]+'),
  message: 'Only src/pulumi and src/aws know Pulumi.',
};
const adapters = (...names) => ({
  regex: folders(...names),
  message: 'The model and the command line know no adapter, and cdk8s and Pulumi never see each other.',
});
const adaptersBeside = {
  regex: '^\\./(cdk8s|pulumi|aws|cli)(/|$)',
  message: 'Each adapter is an entry point of its own: the main one loads no SDK.',
};
/** A list of the other folders would lack the next one. */
const above = (message) => ({ regex: '^\\.\\.(/|$)', message });

const floatingTag = 'Name a version or a digest: an image tagged latest changes under the user.';
const floatingTags = [
  { selector: 'Literal[value=/:latest\\b/]', message: floatingTag },
  { selector: 'TemplateElement[value.raw=/:latest\\b/]', message: floatingTag },
];

/** What is loaded on use: the rule about imports sees neither `require` nor `import()`. A selector can't hold a slash. */
const loads = ({ regex, message }) => {
  const name = `[value=/${regex.replaceAll('/', '\\u002F')}/]`;
  return [
    { selector: `CallExpression[callee.name="require"] > Literal${name}`, message },
    { selector: `ImportExpression > Literal${name}`, message },
  ];
};

/** What a folder must not load, in whatever way. A later entry for the same file replaces an earlier one. */
const noImports = (files, ...patterns) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
    'no-restricted-syntax': ['error', ...floatingTags, ...patterns.flatMap(loads)],
  },
});
const ofPackage = (files, ...patterns) => noImports(files, outsideSrc, cdk8sPlus, ...patterns);

export default defineConfig(
  globalIgnores([
    'node_modules',
    'lib',
    'dist',
    'coverage',
    'api',
    'src/model/minicluster/api/generated',
    'src/model/job/generated',
    'src/pulumi/generated',
  ]),
  {
    files: ['{src,plugin,test,stacks,examples,scripts,bench}/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    },
  },
  {
    // The linter would take the tsconfig.json of each, which needs the package installed. The compiler checks them twice.
    files: ['examples/projects/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  { files: ['stacks/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...floatingTags] } },
  { files: ['src/**/*.ts'], ignores: ['src/cli/**'], rules: { 'no-console': 'error' } },
  {
    // Tools that run here, on files whose content is known.
    files: ['{test,scripts,bench}/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // What Testing.synth and JSON.parse give is any; a wrong guess about it fails the test.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },

  ofPackage(['src/**/*.ts'], cdk8s, pulumi),
  ofPackage(['src/index.ts'], cdk8s, pulumi, adaptersBeside),
  ofPackage(['src/model/**/*.ts'], cdk8s, pulumi, adapters('cdk8s', 'pulumi', 'aws', 'cli')),
  ofPackage(
    ['src/model/flux/**/*.ts'],
    cdk8s,
    pulumi,
    above('src/model/flux knows no Kubernetes: the rest of the model builds on it, and it on nothing.'),
  ),
  ofPackage(['src/cli/**/*.ts'], cdk8s, pulumi, adapters('cdk8s', 'pulumi', 'aws')),
  ofPackage(['src/cdk8s/**/*.ts'], pulumi, adapters('pulumi', 'aws', 'cli')),
  // Pulumi's Cdk8sChart takes a chart: it may name the type, which leaves nothing behind in the JavaScript.
  ofPackage(['src/pulumi/**/*.ts'], { ...cdk8s, allowTypeImports: true }, adapters('cdk8s', 'aws', 'cli')),
  ofPackage(['src/aws/**/*.ts'], cdk8s, adapters('cdk8s', 'cli')),
  noImports(
    ['plugin/**/*.ts'],
    above('A plugin is installed by itself: import the package, as its users have it.'),
  ),
);
