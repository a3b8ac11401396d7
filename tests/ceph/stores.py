# SPDX-License-Identifier: BSD-3-Clause
"""A pool and a bucket as the same thing to the tests: objects to write, to read, to remove.

A store is called rados:POOL (CEPH_CONF names the cluster) or s3:BUCKET (AWS_ENDPOINT_URL and so on name the RGW).
"""

import os


class Rados:
    """Objects of a pool. Calls wait as long as it takes: librados sends anew what a dead OSD did not answer."""

    whole_only = False

    def __init__(self, pool, seconds="0"):
        import rados

        self.missing, self.read_errors = rados.ObjectNotFound, rados.Error
        self.cluster = rados.Rados(conffile="", conf={"rados_osd_op_timeout": seconds})
        self.cluster.connect(timeout=60)
        self.io = self.cluster.open_ioctx(pool)

    def apply(self, name, operation, offset, data):
        if operation == "whole":
            self.io.write_full(name, data)
        elif operation == "write":
            self.io.write(name, data, offset)
        else:
            self.io.append(name, data)
        return True

    def read(self, name, size):
        try:
            return self.io.read(name, size + 1)
        except self.missing:
            return None

    def remove(self, name):
        try:
            self.io.remove_object(name)
        except self.missing:
            pass


class S3:
    """Objects of a bucket. A request that the RGW does not answer fails, and nobody sends it again."""

    whole_only = True

    def __init__(self, bucket, seconds="90"):
        import boto3
        import botocore.config
        import botocore.exceptions
        import urllib3.exceptions

        self.failures = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
        self.read_errors = (*self.failures, urllib3.exceptions.HTTPError)
        self.client_error = botocore.exceptions.ClientError
        self.bucket = bucket
        config = botocore.config.Config(
            retries={"total_max_attempts": 1},
            connect_timeout=10,
            read_timeout=int(seconds),
            max_pool_connections=64,
        )
        self.s3 = boto3.client(
            "s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="default", config=config
        )
        self.s3.create_bucket(Bucket=bucket)

    def apply(self, name, _operation, _offset, data):
        try:
            self.s3.put_object(Bucket=self.bucket, Key=name, Body=data)
        except self.failures:
            return False
        return True

    def read(self, name, _size):
        try:
            return self.s3.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        except self.client_error as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def remove(self, name):
        self.s3.delete_object(Bucket=self.bucket, Key=name)


def difference(name, got, wanted):
    """Says where the first difference is."""
    if got is None or wanted is None:
        return f"{name}: {'is gone' if got is None else 'exists'}"
    at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
    return f"{name}: {len(got)} bytes, expected {len(wanted)}, the first difference at {at}"


def open_store(where, *seconds):
    """With seconds: how long a call waits for its answer."""
    protocol, name = where.split(":")
    return {"rados": Rados, "s3": S3}[protocol](name, *seconds)
