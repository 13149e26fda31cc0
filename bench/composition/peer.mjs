// Times the peer. In: a JSON list of sets, each a list of {name, sdl}, on standard input; the number of runs as an
// argument. Out: JSON {milliseconds: [one a set, null where it crashes], composed, peakMegabytes}.
import { readFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const RUNS = Number(process.argv[2] ?? 3);
const sets = JSON.parse(readFileSync(0, "utf8"));
let composed = 0;

function once(set) {
  const start = performance.now();
  const services = set.map(({ name, sdl }) => ({ name, url: "", typeDefs: parse(sdl) }));
  const result = composeServices(services);
  return [performance.now() - start, Boolean(result.supergraphSdl)];
}

function measure(set) {
  try {
    if (RUNS > 1) once(set);
    const runs = Array.from({ length: RUNS }, () => once(set));
    composed += runs[0][1] ? 1 : 0;
    return runs.map(([time]) => time).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
  } catch {
    return null;
  }
}

const before = process.cpuUsage();
const milliseconds = sets.map(measure);
const { user, system } = process.cpuUsage(before);
const processorSeconds = (user + system) / 1e6;
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ milliseconds, composed, peakMegabytes, processorSeconds }));
