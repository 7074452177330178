import type { GetClusterResult } from '@pulumi/aws/eks';

/** A kubeconfig without a secret: whoever uses it asks AWS for a token, with rights of their own. */
export function kubeconfigOf(cluster: GetClusterResult, region: string): string {
  const { name, endpoint, certificateAuthorities } = cluster;
  const args = ['eks', 'get-token', '--cluster-name', name, '--region', region];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: endpoint,
          'certificate-authority-data': certificateAuthorities[0]?.data,
        },
      },
    ],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'aws',
            args,
            interactiveMode: 'Never',
          },
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
