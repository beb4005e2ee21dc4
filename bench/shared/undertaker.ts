import { spawn } from "node:child_process";
import { resolve } from "node:path";

const launcher = resolve(import.meta.dirname, "../../souk");

// A line on its input names the process that starts the shop, an empty one says that it has ended. The end of its input is ours: one that
// still starts the shop is told to give up, and what it has started goes down again before `down` looks what there is.
const script = `
  lives() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$1/status"; } # of a zombie nothing more will come
  starting=
  while read -r line; do starting=$line; done
  if [ -n "$starting" ]; then
    kill -TERM "$starting" 2>/dev/null
    while lives "$starting"; do sleep 0.1; done
  fi
  "$1" down
  rm -rf -- "$SOUK_HOME"`;

/** Takes the shop in `home` down and removes the folder when this process dies before it has done so itself, `kill -9` included. */
export function undertaker(home: string, souk = launcher) {
  const child = spawn("sh", ["-c", script, "undertaker", souk], {
    // In a group of its own, where Ctrl-C in our terminal does not reach it; and not in a folder that is to be removed.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, SOUK_HOME: home },
    cwd: "/",
  });
  child.unref();
  child.stdin.on("error", () => {}); // somebody ended it: then nobody cleans up after us
  return {
    starts: (pid: number) => void child.stdin.write(`${pid}\n`),
    hasStarted: () => void child.stdin.write("\n"),
    release(): void {
      if (child.pid !== undefined) process.kill(-child.pid);
    },
  };
}
