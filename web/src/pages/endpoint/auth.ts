// The ways to prove to a receiver who calls, and what each of them asks for.

interface Field {
  name: string
  label: string
  /** It is not shown again. */
  isSecret?: boolean
  lines?: number
  isOptional?: boolean
}

export const WAYS: Record<string, { label: string; fields: Field[] }> = {
  none: { label: 'the signature alone', fields: [] },
  basic: { label: 'user name and password', fields: [{ name: 'username', label: 'User name' }, { name: 'password', label: 'Password', isSecret: true }] },
  bearer: { label: 'a bearer token', fields: [{ name: 'token', label: 'Token', isSecret: true }] },
  apiKey: { label: 'a header with a key', fields: [{ name: 'header', label: 'Header' }, { name: 'value', label: 'Key', isSecret: true }] },
  oauth2: {
    label: 'OAuth 2.0 client credentials',
    fields: [
      { name: 'tokenUrl', label: 'Token URL' }, { name: 'clientId', label: 'Client id' }, { name: 'clientSecret', label: 'Client secret', isSecret: true },
      { name: 'scope', label: 'Scope', isOptional: true },
    ],
  },
  mtls: { label: 'a client certificate', fields: [{ name: 'certificatePem', label: 'Certificate and its chain (PEM)', lines: 5 }, { name: 'keyPem', label: 'Key (PEM)', lines: 5, isSecret: true }] },
}
