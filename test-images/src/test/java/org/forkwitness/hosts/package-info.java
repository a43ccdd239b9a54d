/** What the reports say of real software that has a JVM in its process: CPython, R, uWSGI, terminal libraries. */
package org.forkwitness.hosts;
