/** What `souk up` was asked for, as the supervisor process gets it. */
export type UpOptions = {
  /** The gateway's; 0 takes a free one. */
  readonly port: number;
  /** Just these services; empty means all. */
  readonly only: readonly string[];
  /** By service; 1 when it is not named. */
  readonly replicas: Readonly<Record<string, number>>;
  readonly singleProcess: boolean;
  /** Traces are sampled as in production; in development all are recorded. */
  readonly productionLike: boolean;
  /** A shop with nothing to sell gets the sample catalogue. */
  readonly sample?: boolean;
  /** Settings of single processes: see `instanceSettings`. */
  readonly instancesFile?: string;
  /** The state directory is removed at the end. */
  readonly ephemeral: boolean;
};
