package provider_test

import (
	"context"
	"errors"
	"testing"

	"chronovisor.dev/go/chronovisor"
)

func TestANetworkIsCreatedUpdatedImportedAndDestroyed(t *testing.T) {
	s := newScene(t).withProject()
	config := values{
		"project": s.project, "network_id": "web", "ipv4_cidr": "10.7.0.0/24",
		"reserved_ranges": []any{"10.7.0.2-10.7.0.9"}, "labels": map[string]any{"tier": "front"},
	}
	network := s.resource("chronovisor_network")
	must(t, network.apply(config))
	name := "projects/" + s.project + "/networks/web"
	expect(t, "name", network.now()["name"], name)
	expect(t, "kind", network.now()["kind"], "NAT")
	expect(t, "gateway", network.now()["ipv4_gateway"], "10.7.0.1")
	expectNothing(t, network, config)

	uid := network.now()["uid"]
	changed := with(config, values{"reserved_ranges": nil, "description": "of the shop"})
	must(t, network.apply(changed))
	expect(t, "uid", network.now()["uid"], uid)
	expectNothing(t, network, changed)
	found, err := s.client.Networks.Get(context.Background(), name)
	must(t, err)
	expect(t, "description", found.GetDescription(), "of the shop")
	expect(t, "how many are reserved", len(found.GetReservedRanges()), 0)

	expectNothing(t, s.imported("chronovisor_network", s.project+"/web"), changed)
	must(t, network.destroy())
	_, err = s.client.Networks.Get(context.Background(), name)
	if !errors.Is(err, chronovisor.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestASecurityGroupIsCreatedUpdatedImportedAndDestroyed(t *testing.T) {
	s := newScene(t).withProject()
	config := values{
		"project": s.project, "security_group_id": "web",
		"rules": []any{
			map[string]any{"protocol": "TCP", "first_port": 80, "last_port": 90, "description": "pages"},
			map[string]any{"remote_group": "web"},
			map[string]any{"direction": "EGRESS", "protocol": "UDP", "first_port": 53, "remote_cidr": "10.0.0.0/8"},
		},
	}
	group := s.resource("chronovisor_security_group")
	must(t, group.apply(config))
	name := "projects/" + s.project + "/securityGroups/web"
	expect(t, "name", group.now()["name"], name)
	expectNothing(t, group, config)
	found, err := s.client.Networks.GetGroup(context.Background(), name)
	must(t, err)
	expect(t, "the group of a rule", found.GetRules()[1].GetRemoteGroup(), name)
	expect(t, "the direction of a rule", found.GetRules()[2].GetDirection(), "RULE_DIRECTION_EGRESS")

	uid := group.now()["uid"]
	changed := with(config, values{"rules": []any{map[string]any{"protocol": "TCP", "first_port": 443}}})
	must(t, group.apply(changed))
	expect(t, "uid", group.now()["uid"], uid)
	expectNothing(t, group, changed)

	expectNothing(t, s.imported("chronovisor_security_group", s.project+"/web"), changed)
	must(t, group.destroy())
	_, err = s.client.Networks.GetGroup(context.Background(), name)
	if !errors.Is(err, chronovisor.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}
