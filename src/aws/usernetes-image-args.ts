/** What UsernetesImage takes: the model's fields, as inputs where a value may come from another resource. */
import * as pulumi from '@pulumi/pulumi';

import { Architecture, FluxBuild, UsernetesImageSpec } from '../model/usernetes/image-spec';
import { UsernetesInstallSpec } from '../model/usernetes/spec';
import { Same } from '../pulumi/same';

/** What UsernetesImage takes. */
export interface UsernetesImageArgs extends UsernetesInstallSpec {
  /**
   * Name of the image, its pipeline and what belongs to it.
   * @default - the name of the Pulumi resource
   */
  readonly imageName?: string;
  /**
   * Architecture of the instances that it is for.
   * @default Architecture.AMD64
   */
  readonly architecture?: Architecture;
  /**
   * Where Flux comes from.
   * @default FluxBuild.PACKAGES
   */
  readonly flux?: FluxBuild;
  /**
   * Also what EFA needs: some small libraries.
   * @default true
   */
  readonly efa?: boolean;
  /**
   * What the image is made from: id of an image, ARN of one of Image Builder, or `ssm:` and the name of a parameter. It must
   * be Ubuntu, or made from it.
   * @default - the newest Ubuntu LTS when the image is built
   */
  readonly parentImage?: pulumi.Input<string>;
  /**
   * Release of Ubuntu: `24.04` or `22.04`.
   * @default '24.04'
   */
  readonly ubuntu?: string;
  /**
   * Any text. Another one builds a new image, from the newest Ubuntu, though nothing else has changed.
   * @default '1'
   */
  readonly renewal?: string;
  /**
   * Type of the instances that the image is built and tested on; it must have the architecture.
   * @default - one with 4 CPUs, or 8 to compile Flux
   */
  readonly instanceType?: pulumi.Input<string>;
  /**
   * Subnet of those instances, with a way out to the web; `securityGroupIds` are needed with it.
   * @default - one of the default VPC
   */
  readonly subnetId?: pulumi.Input<string>;
  /**
   * Security groups of those instances. They need to let out HTTPS and HTTP, and nothing in.
   * @default - that of the default VPC
   */
  readonly securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Size of the root volume in GiB, 20 to 16384; nodes need a root volume that is as large, or larger.
   * @default 30
   */
  readonly volumeSize?: pulumi.Input<number>;
  /**
   * ARN of the key that encrypts the image. It is needed to share it (`accountIds`); for further `regions` it must be a
   * multi-region key with a replica in each of them.
   * @default - the account's key for EBS
   */
  readonly kmsKeyId?: pulumi.Input<string>;
  /**
   * Further regions that the image is copied to.
   * @default - none
   */
  readonly regions?: string[];
  /**
   * Accounts that may start instances from the image. It is never public.
   * @default - only the own one
   */
  readonly accountIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * When Image Builder builds again by itself, in UTC: `cron(0 4 ? * sun *)`. Clusters take such an image only by its id.
   * @default - never
   */
  readonly schedule?: string;
  /**
   * Keep the instance of a build that failed, to look at it. Somebody has to terminate it.
   * @default false
   */
  readonly keepFailed?: boolean;
  /**
   * Seconds until the image must be there, 1800 to 28800.
   * @default 7200
   */
  readonly timeout?: number;
  /**
   * Tags of everything that can have tags, and of the image.
   * @default - Name and those of the library
   */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * ARN of a policy that bounds what the role of the build may ever do, as many accounts ask for.
   * @default - none
   */
  readonly permissionsBoundary?: pulumi.Input<string>;
}

/** Fails to compile when what is checked and rendered has a field that the arguments lack, or of another type. */
type Known = pulumi.Unwrap<UsernetesImageArgs>;
export type ImageArgsFeedTheModel = Same<Known, UsernetesImageSpec>;
export type NoImageFieldIsMissing = Same<Exclude<keyof UsernetesImageSpec, keyof UsernetesImageArgs>, never>;
