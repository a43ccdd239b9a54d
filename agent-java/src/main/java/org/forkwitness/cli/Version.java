package org.forkwitness.cli;

import picocli.CommandLine.IVersionProvider;

/** The version, as the jar's manifest tells it. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Main.class.getPackage().getImplementationVersion();
        return new String[] {"forkwitness " + (version == null ? "(not from a jar)" : version)};
    }
}
