package device

import (
	"net/http"

	"plumbline/graph/edge"
	"plumbline/inspection"
)

// registration is the body of /device/register.
type registration struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// PublicKey is in SPKI form, base64.
	PublicKey string `json:"publicKey"`
	// Proof is the key's signature of the code, as it stands here, base64.
	Proof string `json:"proof"`
}

// registered is its answer.
type registered struct {
	DeviceID inspection.ID `json:"deviceId"`
	UserID   inspection.ID `json:"userId"`
	// Audience is what the device's assertions name as the server they are for.
	Audience string `json:"audience"`
}

// register registers a tablet under the code that its user asked for.
func (d *Door) register(w http.ResponseWriter, r *http.Request) {
	if !d.within(w, r, d.codes, addressOf(r)) {
		return
	}
	var in registration
	if !read(w, r, &in) {
		return
	}
	der, err := unbase64(in.PublicKey)
	if err != nil {
		der = nil // no key either
	}
	key, err := inspection.ParseDeviceKey(der)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	proof, err := unbase64(in.Proof)
	if err != nil || !key.Signed([]byte(in.Code), proof) {
		edge.Refuse(w, r, http.StatusBadRequest, codeProof,
			"the proof must be the key's signature of the code as it is sent, in base64: for ECDSA of its SHA-256, as r and s (WebCrypto's form)")
		return
	}
	made, err := d.service.RegisterDevice(r.Context(), in.Code, in.Name, key)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	write(w, registered{DeviceID: made.ID, UserID: made.UserID, Audience: d.tokens.Audience()})
}
