/** What help shows below the options: examples that can be copied. */

export const PROGRAM_HELP = `
Examples:
  minicluster check jobs/                             every YAML file of a folder
  minicluster render job.yaml | kubectl apply -f -    run it as it was meant
  minicluster upgrade old.yaml > new.yaml             from v1alpha1 to v1alpha2
  minicluster diagram -o job.svg job.yaml             a picture of what will run

Exit codes: 0 nothing is wrong, 1 there are errors, 2 the command line is wrong.
`;

export const CHECK_HELP = `
Findings are about the resource as it is written. Those that a rendering by this library would mend are counted at the
end. Objects of other kinds are passed over and counted.

Examples:
  minicluster check job.yaml other.yaml
  helm template chart | minicluster check -
  minicluster check --format sarif jobs/ > minicluster.sarif
  minicluster check --silence MC065 --silence MC073 job.yaml
`;

export const RENDER_HELP = `
Examples:
  minicluster render job.yaml | kubectl apply -f -
  minicluster certificate job-certificate | kubectl create -f -
  minicluster render --report-failure --certificate job-certificate job.yaml | kubectl apply -f -
  minicluster render --engine job --namespace hpc job.yaml | kubectl apply -f -
`;

export const UPGRADE_HELP = `
Examples:
  minicluster upgrade old.yaml > new.yaml             the remarks stay on the screen
  minicluster upgrade old.yaml 2> remarks.txt | kubectl apply -f -
  minicluster upgrade --certificate job-certificate old.yaml > new.yaml
  minicluster upgrade --engine job --namespace hpc old.yaml > new.yaml
`;

export const DIAGRAM_HELP = `
Mermaid is text that GitHub and others draw from a block of Markdown.

Examples:
  minicluster diagram job.yaml > job.mmd
  minicluster diagram --output job.svg job.yaml
  minicluster diagram --theme dark --output dark.svg dist/
  minicluster render --engine job --namespace hpc job.yaml | minicluster diagram --format svg - > job.svg
`;

export const CERTIFICATE_HELP = `
Examples:
  minicluster certificate job-certificate --namespace hpc | kubectl create -f -
  minicluster render --certificate job-certificate job.yaml | kubectl apply -f -
`;

export const COMPLETION_HELP = `
Examples:
  source <(minicluster completion bash)               in ~/.bashrc
  source <(minicluster completion zsh)                in ~/.zshrc
`;
