// `node server.mjs PORT`: the weather chapter of the contract, and a relay of frames.

import { createServer } from "node:http";

import { upgrade } from "./relay.mjs";
import { serve } from "./weather.mjs";

createServer({ keepAliveTimeout: 60_000 }, serve)
  .on("upgrade", upgrade)
  .listen(Number(process.argv[2]), "127.0.0.1", 2048);
