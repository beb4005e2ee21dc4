/** Stands in for what a declaration says the service does not have: using it is a bug, and says so. */
export function absent<T>(what: string): T {
  const complain = () => {
    throw new Error(`this service declares no database, so it has no ${what}`);
  };
  // as: it has every member that T has, and each complains
  return new Proxy(complain, { get: complain }) as T;
}
