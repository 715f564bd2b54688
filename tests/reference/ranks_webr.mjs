// Runs an R script in webR, R compiled to WebAssembly, and prints what it prints:
//   npm install --ignore-scripts webr@0.6.0 ws     (R 4.6.0; webr@0.5.8 is R 4.5.1)
//   node ranks_webr.mjs SCRIPT.R
import { readFileSync } from "node:fs";
import { WebR } from "webr";

const webR = new WebR({ interactive: false });
await webR.init();
const shelter = await new webR.Shelter();
const script = readFileSync(process.argv[2], "utf8");
const { output } = await shelter.captureR(script, { captureConditions: false });
for (const line of output) console.log(line.data);
process.exit(0);
