// Shows the API with Scalar. Requests from the page are signed in as the user named in the address: ?user=retailer.
"use strict";

// Colours of the product's stylesheet, and those of Scalar's that have too little contrast.
const style = `
:root { --scalar-custom-header-height: 3rem; --scalar-font: system-ui, sans-serif; --scalar-font-code: ui-monospace, "DejaVu Sans Mono", monospace }
.light-mode {
  --scalar-color-accent: #1d4f9e; --scalar-color-2: #565b67; --scalar-color-3: #5f6470;
  --scalar-color-green: #17663a; --scalar-color-red: #a3261b; --scalar-color-blue: #1d4f9e;
  --scalar-color-orange: #8a4b00; --scalar-color-yellow: #755600; --scalar-color-purple: #6b3fa0;
}
.dark-mode {
  --scalar-color-accent: #93b8ff; --scalar-color-3: #a9b0bd; --scalar-background-1: #121419;
  --scalar-background-2: #1b1e25; --scalar-background-3: #2a2f39;
  --scalar-color-green: #77d597; --scalar-color-red: #ffa196; --scalar-color-blue: #93b8ff;
}
.markdown pre code.hljs { white-space: pre-wrap; overflow: visible }
.hljs-literal, .hljs-number { color: var(--scalar-color-blue) }
`;

async function token(user) {
  const answer = await fetch("/token", { method: "POST", body: JSON.stringify({ user }) });
  return answer.ok ? (await answer.json()).access_token : "";
}

async function choose(user) {
  const choice = document.getElementById("user");
  for (const { key, user_name: name } of await (await fetch("/users")).json()) {
    choice.add(new Option(`${key}: ${name}`, key, false, key === user));
  }
  // The place on the page stays, in the fragment.
  choice.addEventListener("change", () => { location.search = `?user=${choice.value}`; });
}

async function show() {
  const user = new URLSearchParams(location.search).get("user") || "brand";
  await choose(user);
  Scalar.createApiReference("#documentation", {
    url: "openapi.json",
    theme: "none",
    customCss: style,
    authentication: {
      preferredSecurityScheme: "bearer",
      securitySchemes: { bearer: { token: await token(user) } },
    },
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    // Nothing of Scalar's that talks to servers of theirs.
    agent: { disabled: true },
    hideClientButton: true,
    mcp: { disabled: true },
    showDeveloperTools: "never",
    telemetry: false,
    withDefaultFonts: false,
  });
}

show();
