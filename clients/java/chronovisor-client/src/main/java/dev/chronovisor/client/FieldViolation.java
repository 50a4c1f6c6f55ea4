package dev.chronovisor.client;

/**
 * A field of a request that is bad.
 *
 * @param field its path in the request, such as {@code vm.spec.resources.vcpus}
 * @param description the rule that it breaks, in the server's words
 */
public record FieldViolation(String field, String description) {}
