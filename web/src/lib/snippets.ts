// How a receiver checks that a call is genuine, ready to paste.

export interface Snippet {
  language: string
  code: string
}

/** The secret of the Standard Webhooks libraries that belongs to the token of a webhook. */
export const secretOf = (token: string) => `whsec_${btoa(token)}`

/** With the Standard Webhooks libraries, which cover the whole body and the time of the attempt. */
export function snippets(token: string): Snippet[] {
  const secret = secretOf(token)
  return [
    { language: 'Node', code: node(secret) },
    { language: 'Python', code: python(secret) },
    { language: 'Go', code: go(secret) },
    { language: 'Rust', code: rust(secret) },
  ]
}

const node = (secret: string) => `// npm install standardwebhooks express
import express from 'express'
import { Webhook } from 'standardwebhooks'

const webhook = new Webhook('${secret}')

express()
  .post('/', express.raw({ type: '*/*' }), (request, response) => {
    const call = webhook.verify(request.body, request.headers) // throws if it is not genuine
    console.log(call.resourceType, call.resourceId)
    response.sendStatus(204)
  })
  .listen(3000)
`

const python = (secret: string) => `# pip install standardwebhooks flask
from flask import Flask, request
from standardwebhooks import Webhook

app = Flask(__name__)
webhook = Webhook("${secret}")

@app.post("/")
def receive():
    call = webhook.verify(request.get_data(), dict(request.headers))  # raises if it is not genuine
    print(call["resourceType"], call["resourceId"])
    return "", 204
`

const go = (secret: string) => `// go get github.com/standard-webhooks/standard-webhooks/libraries
package main

import (
	"io"
	"log"
	"net/http"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	webhook, err := standardwebhooks.NewWebhook("${secret}")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || webhook.Verify(body, r.Header) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		log.Printf("%s", body)
		w.WriteHeader(http.StatusNoContent)
	})
	log.Fatal(http.ListenAndServe(":3000", nil))
}
`

const rust = (secret: string) => `// cargo add standardwebhooks axum; cargo add tokio --features full
use axum::{Router, body::Bytes, http::{HeaderMap, StatusCode}, routing::post};
use standardwebhooks::Webhook;

async fn receive(headers: HeaderMap, body: Bytes) -> StatusCode {
    let webhook = Webhook::new("${secret}").expect("the secret is valid");
    match webhook.verify(&body, &headers) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, Router::new().route("/", post(receive))).await
}
`
