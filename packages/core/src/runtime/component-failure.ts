import { type Component, logNameOf } from '../resources/types.ts';

/** Why a component is not up, in the reference's words. */
export class ComponentFailure extends Error {
  override readonly name = 'ComponentFailure';
  /** The innermost text, for the line that names only the component; undefined when the type has no known category. */
  readonly inner: string | undefined;
  /** What went wrong, without the reference's words around it. */
  readonly reason: string;
  /** What failed: making the store, or all that comes after; undefined as `inner` is. */
  readonly stage: 'creation' | 'init' | undefined;
  /** What to do, when that is known. */
  readonly hint: string | undefined;

  private constructor(
    message: string,
    inner: string | undefined,
    reason: string,
    stage: ComponentFailure['stage'],
    cause?: unknown,
  ) {
    super(message, { cause });
    this.inner = inner;
    this.reason = reason;
    this.stage = stage;
    this.hint = cause instanceof Error && 'hint' in cause ? (cause.hint as string | undefined) : undefined;
  }

  /** The type starts with none of the categories. */
  static incorrectType({ name, type }: Component): ComponentFailure {
    const reason = `incorrect type ${type}`;
    return new ComponentFailure(`process component ${name} error: ${reason}`, undefined, reason, undefined);
  }

  /** A built-in component has the name. */
  static alreadyExists({ name }: Component): ComponentFailure {
    const reason = `component ${name} already exists`;
    return new ComponentFailure(`process component ${name} error: ${reason}`, undefined, reason, undefined);
  }

  /** No driver serves the type, or it could not be loaded. */
  static creation(component: Component, cause: unknown): ComponentFailure {
    const prefix = `[CREATE_COMPONENT_FAILURE]: ${subject(component)}: `;
    return ComponentFailure.#wrapped(component, prefix, textOf(cause), 'creation', cause);
  }

  static init(component: Component, cause: unknown): ComponentFailure {
    const prefix = `[INIT_COMPONENT_FAILURE]: ${subject(component)}: `;
    return ComponentFailure.#wrapped(component, prefix, textOf(cause), 'init', cause);
  }

  /** Init was still running, or only just done, when `initTimeout` had passed. */
  static timeout(component: Component): ComponentFailure {
    return ComponentFailure.#wrapped(component, '', `init timeout for component ${logNameOf(component)}`, 'init', undefined);
  }

  static #wrapped(
    component: Component,
    prefix: string,
    reason: string,
    stage: 'creation' | 'init',
    cause: unknown,
  ): ComponentFailure {
    const inner = prefix + reason;
    const message = `process component ${component.name} error: [INIT_COMPONENT_FAILURE]: ${subject(component)}: ${inner}`;
    return new ComponentFailure(message, inner, reason, stage, cause);
  }
}

const subject = (component: Component): string => `initialization error occurred for ${logNameOf(component)}`;

/** The wire text of a driver's or the registry's failure; the message of any other. */
function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'detail' in cause && typeof cause.detail === 'string' ? cause.detail : cause.message;
}
