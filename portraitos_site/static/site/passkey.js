// Says beside the button what the browser keeps to itself when a passkey does not work.

const SAYS = {
  NotAllowedError: "The passkey was not used. Try again, or choose another way.",
  InvalidStateError: "This device has a key for your account already. Use it, or take another device.",
  SecurityError: "Passkeys do not work at this address. Open the site by its name instead of a number.",
};
const OTHERWISE = "The passkey did not work here. Try again, or choose another way.";

document.addEventListener("allauth.error", (event) => {
  const fault = document.querySelector("[data-passkey-fault]");
  if (!fault) return;
  event.preventDefault();
  let says = SAYS[event.detail.exception?.name] ?? OTHERWISE;
  if (event.detail.exception?.name === "SecurityError" && location.hostname === "127.0.0.1") {
    says = `Passkeys do not work at this address. Open http://localhost:${location.port} instead.`;
  }
  fault.hidden = false;
  fault.textContent = says;
});
