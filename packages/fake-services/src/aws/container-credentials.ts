import type { Answer, SeenRequest } from '../fake-service.ts';
import type { Identities } from './identities.ts';
import type { Statement } from './policy.ts';
import { headerOf, timeText } from './wire.ts';

/** Who a task (ECS) or a pod (EKS Pod Identity) is. */
export interface ContainerRole {
  readonly roleArn: string;
  /** What the `Authorization` header must hold, as the agent wrote it into the container; not looked at when absent. */
  readonly authorization?: string;
  readonly statements?: readonly Statement[];
  /** How long its credentials hold; six hours when absent. */
  readonly seconds?: number;
}

/** The agents that give containers credentials: ECS under `/v2/credentials/<id>`, EKS Pod Identity under `/v1/credentials`. */
export class FakeContainerCredentials {
  /** By path. */
  readonly roles: Map<string, ContainerRole> = new Map();
  readonly #identities: Identities;

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  static serves({ path }: SeenRequest): boolean {
    return /^\/v[12]\/credentials/.test(path);
  }

  answer(request: SeenRequest): Answer {
    const role = this.roles.get(request.path);
    if (role === undefined) return failure(404, 'InvalidIdInRequest', 'credentials not found for this path');
    if (role.authorization !== undefined && headerOf(request, 'authorization') !== role.authorization) {
      return failure(401, 'AccessDeniedException', 'the authorization token is missing or not valid');
    }
    const { roleArn, statements, seconds = 21_600 } = role;
    const arn = `arn:aws:sts::${this.#identities.account}:assumed-role/${roleArn.split('/').at(-1)}/task`;
    const session = this.#identities.session({ arn, seconds, statements });
    return {
      status: 200,
      body: {
        RoleArn: roleArn,
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        Token: session.sessionToken,
        Expiration: timeText(session.expires),
      },
    };
  }
}

function failure(status: number, code: string, message: string): Answer {
  return { status, body: { code, message, HttpErrorCode: status } };
}
