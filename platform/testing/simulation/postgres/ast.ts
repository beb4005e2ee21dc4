import type { SqlType, Value } from "./values.ts";

export type OrderItem = { readonly expr: Expr; readonly desc: boolean; readonly nullsFirst: boolean };

export type Call = {
  readonly k: "call";
  readonly name: string;
  readonly args: readonly Expr[];
  readonly star: boolean;
  readonly distinct: boolean;
  readonly order: readonly OrderItem[];
  readonly filter: Expr | undefined;
  readonly over: { readonly partition: readonly Expr[]; readonly order: readonly OrderItem[] } | undefined;
};

export type Expr =
  | { readonly k: "literal"; readonly value: Value; readonly type: SqlType }
  | { readonly k: "parameter"; readonly n: number }
  | { readonly k: "column"; readonly path: readonly string[] }
  /** `*` or `t.*` */
  | { readonly k: "star"; readonly of: string | undefined }
  | { readonly k: "cast"; readonly expr: Expr; readonly type: SqlType }
  | { readonly k: "binary"; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly k: "negate"; readonly expr: Expr }
  | { readonly k: "and" | "or"; readonly left: Expr; readonly right: Expr }
  | { readonly k: "not"; readonly expr: Expr }
  | { readonly k: "is"; readonly what: "null" | "true" | "false"; readonly not: boolean; readonly expr: Expr }
  | { readonly k: "distinct"; readonly not: boolean; readonly left: Expr; readonly right: Expr }
  | { readonly k: "in"; readonly not: boolean; readonly expr: Expr; readonly list: readonly Expr[] }
  | { readonly k: "inQuery"; readonly not: boolean; readonly expr: Expr; readonly query: Query }
  | { readonly k: "any" | "all"; readonly op: string; readonly left: Expr; readonly right: Expr }
  | {
      readonly k: "case";
      readonly of: Expr | undefined;
      readonly whens: readonly { readonly when: Expr; readonly result: Expr }[];
      readonly otherwise: Expr | undefined;
    }
  | Call
  | { readonly k: "exists"; readonly query: Query }
  | { readonly k: "scalar"; readonly query: Query }
  | { readonly k: "arrayQuery"; readonly query: Query }
  | { readonly k: "array"; readonly items: readonly Expr[] }
  | { readonly k: "row"; readonly items: readonly Expr[] }
  | { readonly k: "subscript"; readonly expr: Expr; readonly index: Expr }
  | { readonly k: "field"; readonly expr: Expr; readonly name: string };

export type ColumnDefinition = { readonly name: string; readonly type: SqlType };

export type FromItem =
  | { readonly k: "table"; readonly name: string; readonly alias: string }
  | {
      readonly k: "query";
      readonly query: Query;
      readonly alias: string;
      readonly columns: readonly string[];
      readonly lateral: boolean;
    }
  | {
      readonly k: "function";
      readonly call: Call;
      /** `as t (a int, b text)`, for functions that return records. */
      readonly definitions: readonly ColumnDefinition[] | undefined;
      readonly ordinality: boolean;
      readonly alias: string;
      readonly columns: readonly string[];
    }
  | {
      readonly k: "join";
      readonly type: "inner" | "left" | "full" | "cross";
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Expr | undefined;
      readonly using: readonly string[] | undefined;
    };

export type SelectItem = { readonly expr: Expr; readonly alias: string | undefined };

export type Locking = {
  readonly mode: "update" | "no key update" | "share" | "key share";
  readonly of: readonly string[];
  readonly skip: boolean;
};

export type SelectCore = {
  readonly k: "select";
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: readonly FromItem[];
  readonly where: Expr | undefined;
  readonly group: readonly Expr[];
  readonly having: Expr | undefined;
};

export type QueryBody =
  | SelectCore
  | { readonly k: "values"; readonly rows: readonly (readonly Expr[])[] }
  | {
      readonly k: "union";
      readonly all: boolean;
      readonly op: "union" | "except";
      readonly left: Query;
      readonly right: Query;
    };

export type Query = {
  readonly k: "query";
  readonly ctes: readonly Cte[];
  readonly body: QueryBody;
  readonly order: readonly OrderItem[];
  readonly limit: Expr | undefined;
  readonly offset: Expr | undefined;
  readonly locking: Locking | undefined;
};

export type Cte = { readonly name: string; readonly columns: readonly string[]; readonly statement: Statement };

export type Assignment = { readonly column: string; readonly expr: Expr };

export type Insert = {
  readonly k: "insert";
  readonly ctes: readonly Cte[];
  readonly table: string;
  readonly alias: string;
  readonly columns: readonly string[] | undefined;
  readonly source: Query;
  readonly conflict:
    | {
        readonly columns: readonly string[] | undefined;
        /** undefined: do nothing */
        readonly update: { readonly set: readonly Assignment[]; readonly where: Expr | undefined } | undefined;
      }
    | undefined;
  readonly returning: readonly SelectItem[] | undefined;
};

export type Update = {
  readonly k: "update";
  readonly ctes: readonly Cte[];
  readonly table: string;
  readonly alias: string;
  readonly set: readonly Assignment[];
  readonly from: readonly FromItem[];
  readonly where: Expr | undefined;
  readonly returning: readonly SelectItem[] | undefined;
};

export type Delete = {
  readonly k: "delete";
  readonly ctes: readonly Cte[];
  readonly table: string;
  readonly alias: string;
  readonly using: readonly FromItem[];
  readonly where: Expr | undefined;
  readonly returning: readonly SelectItem[] | undefined;
};

export type Statement = Query | Insert | Update | Delete;

export type ColumnSpec = ColumnDefinition & {
  readonly notNull: boolean;
  readonly fallback: Expr | undefined;
  readonly identity: boolean;
};
export type ConstraintSpec =
  | {
      readonly k: "unique";
      readonly name: string | undefined;
      readonly columns: readonly string[];
      readonly primary: boolean;
    }
  | { readonly k: "check"; readonly name: string | undefined; readonly expr: Expr; readonly of: string | undefined }
  | {
      readonly k: "foreign";
      readonly name: string | undefined;
      readonly columns: readonly string[];
      readonly table: string;
      readonly to: readonly string[] | undefined;
      readonly cascade: boolean;
    };

export type RoutineParameter = {
  readonly name: string | undefined;
  readonly mode: "in" | "out" | "inout" | "table";
  readonly type: SqlType;
  readonly fallback: Expr | undefined;
};

export type Definition =
  | {
      readonly k: "create table";
      readonly name: string;
      readonly columns: readonly ColumnSpec[];
      readonly constraints: readonly ConstraintSpec[];
      readonly ifNotExists: boolean;
    }
  | {
      readonly k: "create index";
      readonly name: string;
      readonly unique: boolean;
      readonly table: string;
      readonly columns: readonly Expr[];
      readonly where: Expr | undefined;
    }
  | { readonly k: "create sequence"; readonly name: string }
  | { readonly k: "create view"; readonly name: string; readonly query: Query }
  | { readonly k: "create type"; readonly name: string; readonly fields: readonly ColumnDefinition[] }
  | {
      readonly k: "create function";
      readonly name: string;
      readonly parameters: readonly RoutineParameter[];
      readonly returns: SqlType | undefined;
      readonly set: boolean;
      readonly language: string;
      readonly body: string;
    }
  | {
      readonly k: "create trigger";
      readonly table: string;
      readonly timing: "before" | "after";
      readonly events: readonly string[];
      readonly transition: string | undefined;
      readonly perRow: boolean;
      readonly routine: string;
    }
  | {
      readonly k: "add column";
      readonly table: string;
      readonly column: ColumnSpec;
      readonly constraints: readonly ConstraintSpec[];
    }
  | { readonly k: "add constraint"; readonly table: string; readonly constraint: ConstraintSpec }
  | { readonly k: "drop"; readonly what: string; readonly name: string; readonly table: string | undefined }
  /** Has no meaning here: rights, comments, storage. */
  | { readonly k: "ignored" };
