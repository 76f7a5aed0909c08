/** People without microphones, for calls of many: sound takes more of a small machine than small pictures do. */

/** Runs in a page before its own scripts: there is no microphone to be had. */
export function withoutMicrophone(): void {
  // On a page that is not a call's, such as the blank one a window begins with.
  if (!isSecureContext) return;
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  const list = devices.enumerateDevices.bind(devices);
  devices.getUserMedia = async (constraints = {}) => {
    if (constraints.audio) throw new DOMException("Requested device not found", "NotFoundError");
    return open(constraints);
  };
  devices.enumerateDevices = async () => (await list()).filter(({ kind }) => kind !== "audioinput");
}
