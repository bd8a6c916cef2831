/**
 * An answer of success in which there is nothing to read: `foreign` when it is no answer of such a service at all, `misread`
 * when the settings expect another one. The message quotes nothing of it.
 */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
  readonly kind: 'foreign' | 'misread';
  /** The setting to look at. */
  readonly setting: string | undefined;

  constructor(kind: 'foreign' | 'misread', message: string, setting?: string) {
    super(message);
    this.kind = kind;
    this.setting = setting;
  }
}
