// The provider's side of a call, in the same page: it offers a tone, takes the answer, and knows whether it hears one.
// The microphone is a tone as well.

function tone(frequency) {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency });
  const out = context.createMediaStreamDestination();
  oscillator.connect(out);
  oscillator.start();
  return out.stream;
}

navigator.mediaDevices.getUserMedia = async () => tone(440);

window.farEnd = {
  async offer() {
    this.line = new RTCPeerConnection();
    const stream = tone(880);
    for (const track of stream.getTracks()) this.line.addTrack(track, stream);
    await this.line.setLocalDescription(await this.line.createOffer());
    if (this.line.iceGatheringState !== "complete") {
      await new Promise((done) => {
        this.line.addEventListener("icegatheringstatechange", () => this.line.iceGatheringState === "complete" && done());
      });
    }
    return this.line.localDescription.sdp;
  },
  answered(sdp) {
    return this.line.setRemoteDescription({ type: "answer", sdp });
  },
  async heard() {
    const reports = [...(await this.line.getStats()).values()];
    const inbound = reports.find(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
    return inbound?.totalAudioEnergy ?? 0;
  },
};
