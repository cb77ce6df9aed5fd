package device_test

import (
	"fmt"
	"os/exec"
	"testing"
)

// The example of the manual registers and gets its tokens, with nothing of ours.
func TestTheExampleOfTheManualWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.server.code(inspector)
	run := func() (string, int) {
		command := exec.CommandContext(t.Context(), "node", "../../docs/device.mjs", w.server.url, code)
		out, err := command.CombinedOutput()
		if command.ProcessState == nil {
			t.Fatalf("node cannot be run: %v", err)
		}
		return string(out), command.ProcessState.ExitCode()
	}
	out, exit := run()
	line := fmt.Sprintf("%s is %s for 900 seconds\n", w.behind("select id::text from device"), w.users[inspector].ID)
	if exit != 0 || out != line+line {
		t.Errorf("%d %s", exit, out)
	}
	if out, exit := run(); exit == 0 {
		t.Errorf("with a used code: %s", out)
	}
}
