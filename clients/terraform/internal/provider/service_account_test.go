package provider_test

import (
	"context"
	"errors"
	"testing"

	"chronovisor.dev/go/chronovisor"
)

func TestAServiceAccountIsCreatedUpdatedImportedAndDestroyed(t *testing.T) {
	s := newScene(t).withProject()
	config := values{"project": s.project, "service_account_id": "ci", "display_name": "CI"}
	account := s.resource("chronovisor_service_account")
	must(t, account.apply(config))
	name := "projects/" + s.project + "/serviceAccounts/ci"
	expect(t, "name", account.now()["name"], name)
	expect(t, "member", account.now()["member"], "serviceAccount:"+name)
	expectNothing(t, account, config)

	uid := account.now()["uid"]
	changed := with(config, values{"display_name": nil, "disabled": true})
	must(t, account.apply(changed))
	expect(t, "uid", account.now()["uid"], uid)
	expectNothing(t, account, changed)
	found, err := s.client.ServiceAccounts.Get(context.Background(), name)
	must(t, err)
	expect(t, "whether it is disabled", found.GetDisabled(), true)

	expectNothing(t, s.imported("chronovisor_service_account", s.project+"/ci"), changed)
	must(t, account.destroy())
	_, err = s.client.ServiceAccounts.Get(context.Background(), name)
	if !errors.Is(err, chronovisor.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}
