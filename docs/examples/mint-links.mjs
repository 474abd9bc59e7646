// Mints links without asking the server, by Node.js alone.
//
//     SECRET_KEY=… PUBLIC_URL=https://preferences.example \
//         node mint-links.mjs USER_ID [--tenant T] [--label L] [--topic T | --section S]
//             [--language de] [--all-tenants] [--embed]
//
// Prints the link to the preferences, the one that unsubscribes, and the two headers;
// with --embed only the one for an iframe.
// With LINK_PRIVACY=encrypted the links do not show whose they are.

import { createCipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { parseArgs } from "node:util";

const PATHS = { preferences: "/p/", unsubscribe: "/u/", embed: "/embed/" };

const now = () => Math.floor(Date.now() / 1000);
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

// Seconds since 1970, big-endian in eight bytes.
function moment(seconds) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(seconds));
  return bytes;
}

export function sign(scope, claims, secret, seconds = now()) {
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  const bytes = moment(seconds);
  const short = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  const value = `${payload}.${short.toString("base64url")}`;
  const signature = hmac(hmac(secret, scope), value).toString("base64url");
  return `${value}.${signature}`;
}

export function encrypt(scope, claims, secret, seconds = now(), iv = randomBytes(16)) {
  const key = Buffer.from(hkdfSync("sha256", secret, "", `encrypted ${scope}`, 32));
  const cipher = createCipheriv("aes-128-cbc", key.subarray(16), iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(claims)), cipher.final()]);
  const body = Buffer.concat([Buffer.from([0x80]), moment(seconds), iv, text]);
  return Buffer.concat([body, hmac(key.subarray(0, 16), body)]).toString("base64url");
}

function fail(reason) {
  console.error(`mint-links.mjs: ${reason}`);
  process.exit(2);
}

function main() {
  const [text, flag] = [{ type: "string" }, { type: "boolean" }];
  const about = { tenant: text, label: text, topic: text, section: text };
  const { values, positionals } = parseArgs({
    options: { ...about, language: text, "all-tenants": flag, embed: flag },
    allowPositionals: true,
  });
  const { SECRET_KEY = "", LINK_PRIVACY } = process.env;
  const PUBLIC_URL = (process.env.PUBLIC_URL ?? "").replace(/\/+$/, "");
  if (["", ".", ".."].includes(positionals[0] ?? "") || (values.topic && values.section))
    fail("give a user id, and --topic or --section, not both");
  if (SECRET_KEY.length < 32 || !PUBLIC_URL)
    fail("SECRET_KEY (32 characters) and PUBLIC_URL are needed");
  const write = LINK_PRIVACY === "encrypted" ? encrypt : sign;
  // JSON.stringify leaves out what is undefined.
  const mint = (scope, claims) =>
    `${PUBLIC_URL}${PATHS[scope]}${write(scope, claims, SECRET_KEY)}`;
  const who = { u: positionals[0], t: values.tenant, g: values.language };
  const whole = { ...who, l: values.label, a: values["all-tenants"] ? 1 : undefined };
  if (values.embed) {
    console.log(mint("embed", whole));
    return;
  }
  const page = mint("preferences", whole);
  const leave = mint("unsubscribe", { ...who, o: values.topic, s: values.section });
  console.log(page);
  console.log(leave);
  console.log(`List-Unsubscribe: <${leave}>`);
  console.log("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
}

// Run, not imported.
if (process.argv[1]?.endsWith("mint-links.mjs")) main();
