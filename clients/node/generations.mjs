// The two generations of the client that are in use. They call the same routes, but speak of some things by other
// names, in the program and on the wire; all that the tour has to know of it is here.

import * as second from "svix";
import first from "svix-1";

export const GENERATIONS = {
  1: {
    library: first,
    // The member of an endpoint that names its event types.
    eventTypes: "filterTypes",
    // The methods that put a whole application, endpoint or event type, and an endpoint's headers.
    put: "update",
    putHeaders: "updateHeaders",
    // Whether messages come with their payload unless told otherwise.
    withPayload: true,
  },
  2: {
    library: second,
    eventTypes: "eventTypes",
    put: "upsert",
    putHeaders: "setHeaders",
    withPayload: false,
  },
};
