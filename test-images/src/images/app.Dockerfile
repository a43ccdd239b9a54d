# An application with the agent beside it, for a user that owns nothing. BASE has a Java.
ARG BASE=forkwitness-test/base:current
FROM ${BASE}
COPY forkwitness /opt/forkwitness
COPY libraries /app/lib
COPY jars /app/jars
COPY classes /app/classes
COPY hosts /app/hosts
