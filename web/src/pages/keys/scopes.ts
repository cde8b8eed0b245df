// What a key may do, in words.

import type { Scope } from '@/api/keys'

export const SCOPES: Record<Scope, { label: string; words: string }> = {
  admin: { label: 'everything', words: 'Everything in the organization.' },
  send: { label: 'send', words: 'Send messages, events and resources; nothing else, and no reading.' },
  read: { label: 'read', words: 'Look at everything, and change nothing. Secrets are not shown.' },
  app: { label: 'one app', words: 'What a customer may do with its own app.' },
}
