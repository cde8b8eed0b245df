// The tour of the official Svix client for JavaScript, unchanged, against Whimbrel.
//
//     node tour.mjs http://127.0.0.1:8080 TOKEN
//
// Goes through the steps with the client of each generation (see generations.mjs), prints a line for each step, and
// ends with 1 at the first that is not as expected.

import { randomBytes } from "node:crypto";

import { GENERATIONS } from "./generations.mjs";
import { Receiver } from "./receiver.mjs";
import * as catalog from "./steps/catalog.mjs";
import * as delivery from "./steps/delivery.mjs";
import * as organization from "./steps/organization.mjs";
import * as replay from "./steps/replay.mjs";

// In this order: later steps use what earlier ones made.
const STEPS = [
  catalog.health,
  catalog.applications,
  catalog.applicationPages,
  catalog.eventTypes,
  catalog.archiving,
  catalog.endpoints,
  catalog.endpointHeaders,
  delivery.receiving,
  delivery.listingMessages,
  delivery.attempts,
  delivery.deliveries,
  delivery.statistics,
  delivery.rotation,
  delivery.asymmetric,
  delivery.idempotency,
  delivery.expunging,
  replay.resending,
  replay.recovering,
  replay.replayingMissing,
  replay.example,
  organization.portal,
  organization.operationalWebhooks,
  organization.refusals,
  organization.deletion,
];

/** What the steps share. */
class Tour {
  // In the names of everything this run makes, so that runs do not meet.
  run = `js-${randomBytes(4).toString("hex")}`;
  began = new Date(Date.now() - 60_000);
  app = "";
  // What steps leave for later ones, by name.
  left = {};

  constructor(url, token, receiver, generation) {
    Object.assign(this, { url, receiver }, generation);
    this.svix = this.client(token);
  }

  client(token) {
    return new this.library.Svix(token, { serverUrl: this.url });
  }

  eventType(name) {
    return `${this.run}.${name}`;
  }

  /** An endpoint for one event type of its own, received at a path of its own. */
  endpoint(name, fields) {
    const wanted = { url: this.receiver.url(`/${name}`), [this.eventTypes]: [this.eventType(name)] };
    return this.svix.endpoint.create(this.app, { ...wanted, ...fields });
  }

  send(name, payload, fields) {
    return this.svix.message.create(this.app, { eventType: this.eventType(name), payload, ...fields });
  }
}

async function go(number, url, token) {
  const receiver = await new Receiver().listen();
  const tour = new Tour(url, token, receiver, GENERATIONS[number]);
  try {
    for (const step of STEPS) {
      const name = `svix ${number}, ${step.name}`;
      try {
        await step(tour);
      } catch (error) {
        console.error(error);
        console.log(`failed: ${name}: ${error.message} ${JSON.stringify(error.body ?? "")}`);
        return false;
      }
      console.log(`ok: ${name}`);
    }
    return true;
  } finally {
    receiver.close();
  }
}

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error("usage: tour.mjs URL TOKEN");
  process.exit(2);
}
for (const number of Object.keys(GENERATIONS)) {
  if (!(await go(number, url, token))) process.exit(1);
}
