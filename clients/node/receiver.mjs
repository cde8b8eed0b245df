// The receivers of the tour: one HTTP server on loopback, in which each path stands for one endpoint.

import { createServer } from "node:http";
import { once } from "node:events";

import { until } from "./checks.mjs";

export const ANSWER = "thanks";

export class Receiver {
  #calls = [];
  #failing = new Set();
  #server = createServer((request, response) => this.#take(request, response));

  async listen() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  url(path) {
    return `http://127.0.0.1:${this.#server.address().port}${path}`;
  }

  /** Answers 500 at this path from now on. */
  breakDown(path) {
    this.#failing.add(path);
  }

  heal(path) {
    this.#failing.delete(path);
  }

  calls(path) {
    return this.#calls.filter((call) => call.path === path);
  }

  /** The first call at the path that is wanted, as soon as it is there. */
  wait(path, what, wanted) {
    return until(`${what} at ${path}`, () => this.calls(path).find(wanted));
  }

  /** The call that brings this message. */
  message(path, id) {
    return this.wait(path, `message ${id}`, (call) => call.id === id);
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request, response) {
    const body = Buffer.concat(await request.toArray());
    const { url: path, headers } = request;
    this.#calls.push({ path, headers, body, id: headers["webhook-id"], json: JSON.parse(body) });
    response.writeHead(this.#failing.has(path) ? 500 : 200).end(ANSWER);
  }
}
