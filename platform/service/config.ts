/** One setting: where it comes from and what it may be. `parse` throws a sentence that says what to mend. */
export type Var<T> = {
  readonly name: string;
  readonly secret?: boolean;
  readonly describe: string;
  readonly parse: (raw: string | undefined, environment: { readonly development: boolean }) => T;
};
export type Vars = Readonly<Record<string, Var<any>>>;
export type Config<V extends Vars> = { readonly [K in keyof V]: ReturnType<V[K]["parse"]> };
