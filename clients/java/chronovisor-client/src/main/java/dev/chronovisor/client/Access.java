package dev.chronovisor.client;

import dev.chronovisor.v1.AccessServiceGrpc;
import dev.chronovisor.v1.CreateRoleRequest;
import dev.chronovisor.v1.DeleteRoleRequest;
import dev.chronovisor.v1.ExplainAccessRequest;
import dev.chronovisor.v1.ExplainAccessResponse;
import dev.chronovisor.v1.ListRolesRequest;
import dev.chronovisor.v1.Role;
import dev.chronovisor.v1.UpdateRoleRequest;
import dev.chronovisor.v1.WhoAmIRequest;
import dev.chronovisor.v1.WhoAmIResponse;
import java.util.List;

/**
 * Who may do what: callers, explanations, roles. Policies, which bind roles to members, are those
 * of google.iam.v1, and not here.
 */
public final class Access {
  private final Chronovisor chronovisor;

  Access(Chronovisor chronovisor) {
    this.chronovisor = chronovisor;
  }

  /** Who the caller is to the server, how that was proven, and which roles it has. */
  public WhoAmIResponse whoAmI() {
    return chronovisor.call(
        AccessServiceGrpc.getWhoAmIMethod(), WhoAmIRequest.getDefaultInstance());
  }

  /**
   * Whether a principal has a permission, now, on a project, a VM or {@code /}, by their whole
   * names; and by which binding since when.
   */
  public ExplainAccessResponse explain(String principal, String permission, String resource) {
    return explain(
        ExplainAccessRequest.newBuilder()
            .setPrincipal(principal)
            .setPermission(permission)
            .setResource(resource)
            .build());
  }

  /** The same, also of its groups, and as of then. */
  public ExplainAccessResponse explain(ExplainAccessRequest request) {
    return chronovisor.call(AccessServiceGrpc.getExplainAccessMethod(), request);
  }

  /** All roles: the server's own, then custom ones. */
  public List<Role> roles() {
    return chronovisor
        .call(AccessServiceGrpc.getListRolesMethod(), ListRolesRequest.getDefaultInstance())
        .getRolesList();
  }

  /** A new role, a list of permissions. */
  public Role createRole(CreateRoleRequest request) {
    return chronovisor.call(AccessServiceGrpc.getCreateRoleMethod(), request);
  }

  /** Another title and other permissions for a custom role. */
  public Role updateRole(UpdateRoleRequest request) {
    return chronovisor.call(AccessServiceGrpc.getUpdateRoleMethod(), request);
  }

  /** Ends a custom role, {@code roles/NAME}: its bindings grant nothing any more. */
  public Role deleteRole(String name) {
    DeleteRoleRequest request = DeleteRoleRequest.newBuilder().setName(name).build();
    return chronovisor.call(AccessServiceGrpc.getDeleteRoleMethod(), request);
  }
}
