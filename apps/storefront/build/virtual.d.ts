declare module "virtual:endpoints" {
  const endpoints: Readonly<Record<string, Readonly<Record<string, readonly [method: string, path: string]>>>>;
  export default endpoints;
}
