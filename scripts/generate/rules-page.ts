/** The page of rules, and links to it from texts that name a trap. */
import { OperatorVersion, type RuleText } from '../../src/model/minicluster';
import { RULE_TEXTS } from '../../src/model/rule-texts';
import { ROUTED_CODES } from '../../src/model/minicluster/routes';
import { V1ALPHA1_ROUTED_CODES } from '../../src/model/minicluster/v1alpha1/routes';

const ROUTED: ReadonlySet<string> = new Set([...ROUTED_CODES, ...V1ALPHA1_ROUTED_CODES]);

/** The groups of codes: from the first of them to the first that is no longer in them. */
const GROUPS = [
  {
    from: 'MC',
    below: 'MC100',
    title: 'Traps of the operator, v1alpha2',
    intro: 'The number of the code is that of the trap.',
  },
  {
    from: 'MC100',
    below: 'MC110',
    title: 'Structure and options',
    intro: 'Checked first. These can not be silenced.',
  },
  {
    from: 'MC110',
    below: 'MC200',
    title: "The operator's own checks, and more about its traps",
    intro: 'v1alpha2.',
  },
  {
    from: 'MC200',
    below: 'MC300',
    title: 'v1alpha1',
    intro: 'For the operator of the releases 0.1.0 and 0.1.1.',
  },
  {
    from: 'MC300',
    below: 'MJ',
    title: 'YAML',
    intro: 'About the text that a MiniCluster is read from. These can not be silenced.',
  },
  {
    from: 'MJ',
    below: 'MK',
    title: 'MiniClusterJob',
    intro: 'For clusters without an operator.',
  },
  {
    from: 'MA',
    below: 'MB',
    title: 'MultiApplicationCluster',
    intro:
      'For clusters with several applications in each pod; the rules of a MiniClusterJob hold for each of them.',
  },
];

/** Every rule with what it says, in the order of the codes within its group. */
export function rulesPage(note: string): string {
  const lines = [`<!-- ${note} -->`, '', '# Rules', '', ...INTRO];
  for (const { from, below, title, intro } of GROUPS) {
    lines.push('', `## ${title}`, '', intro);
    for (const rule of RULE_TEXTS.filter(({ code }) => code >= from && code < below))
      lines.push('', ...section(rule));
  }
  return `${lines.join('\n')}\n`;
}

const INTRO = [
  'What the library checks before it renders a MiniCluster. An error stops the rendering; a warning is told once at',
  'synth. The rules judge the resource as it will be applied: what the library mends by itself is never reported,',
  'unless the rule is silenced, and then it stays as written. Silence a rule where it does not apply, with a reason:',
  '',
  '```ts',
  "import { App, Chart } from 'cdk8s';",
  "import { MiniCluster } from 'flux-framework-constructs/cdk8s';",
  '',
  'const app = new App();',
  "const chart = new Chart(app, 'hpc', { namespace: 'flux' });",
  '',
  "new MiniCluster(chart, 'lab', {",
  '  interactive: true,',
  "  containers: [{ image: 'ubuntu:24.04' }],",
  "  silence: [{ code: 'MC065', reason: 'nobody else may read this namespace' }],",
  '});',
  '',
  'app.synth();',
  '```',
  '',
  'Releases: 0.1 is the operator of v1alpha1; 0.2.0, 0.2.1 and main serve v1alpha2, and so do builds of the unreleased',
  'branch multiple-applications-per-pod, here `branch`. Traps (T1 to T86) are places where',
  'the operator does something else than a spec says, found by running what it renders. `job` stands for a',
  'MiniClusterJob, which no operator sees: where a text speaks of one, the same is refused, or told, here as well.',
];

function section(rule: RuleText): string[] {
  const facts = [
    rule.severity,
    `releases ${rule.releases.map(shortName).join(', ')}`,
    ...(rule.traps.length > 0 ? [`trap ${rule.traps.join(', ')}`] : []),
    ...(ROUTED.has(rule.code) ? ['mended by the library'] : []),
  ];
  return [
    `### ${rule.code}`,
    '',
    `_${facts.join('; ')}_`,
    '',
    `**The field ${rule.title}.** ${rule.consequence}`,
    '',
    `Instead: ${rule.remedy}.`,
  ];
}

const BRANCH: string = OperatorVersion.MULTIPLE_APPLICATIONS;

function shortName(release: string): string {
  return release === BRANCH ? 'branch' : release;
}

/** Links `trap T16` in a text to the rule about it, where there is one for this API version. */
export function linkTraps(text: string, version: string): string {
  return text.replace(/\btrap (T\d+)\b/g, (words, trap: string) => {
    const isOwn = ({ code }: RuleText): boolean => (version === 'v1alpha1') === code >= 'MC200';
    const rule = RULE_TEXTS.find(
      (one) => one.traps.includes(trap) && (isOwn(one) || one.code.startsWith('MC10')),
    );
    return rule ? `[${words}](rules.md#${rule.code.toLowerCase()})` : words;
  });
}
