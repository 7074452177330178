/** Commands that people run after `pulumi up`. */
import * as pulumi from '@pulumi/pulumi';

/** What the commands are about. */
export interface CommandsPlan {
  readonly region: pulumi.Input<string>;
  readonly leadInstanceId: pulumi.Input<string>;
  /** In system mode. */
  readonly kubeconfigParameter?: pulumi.Input<string>;
}

/** Commands, empty where there is nothing to run. */
export interface Commands {
  readonly kubeconfigCommand: pulumi.Output<string>;
  readonly tunnelCommand: pulumi.Output<string>;
  readonly sessionCommand: pulumi.Output<string>;
}

/** Port of the API server in system mode, on rank 0 as at the near end of the tunnel. */
const API_PORT = 6443;

export function commandsFor({ region, leadInstanceId, kubeconfigParameter }: CommandsPlan): Commands {
  const session = pulumi.interpolate`aws ssm start-session --region ${region} --target ${leadInstanceId}`;
  const none = pulumi.output('');
  if (kubeconfigParameter === undefined)
    return { sessionCommand: session, kubeconfigCommand: none, tunnelCommand: none };
  return {
    sessionCommand: session,
    kubeconfigCommand: pulumi.interpolate`(umask 077 && rm -f kubeconfig && aws ssm get-parameter --region ${region} --name ${kubeconfigParameter} --with-decryption --query Parameter.Value --output text > kubeconfig)`,
    tunnelCommand: pulumi.interpolate`${session} --document-name AWS-StartPortForwardingSession --parameters portNumber=${API_PORT},localPortNumber=${API_PORT}`,
  };
}
