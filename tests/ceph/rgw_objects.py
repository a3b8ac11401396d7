# SPDX-License-Identifier: BSD-3-Clause
"""What S3 clients do with an RGW whose placement compresses with zipnn: every byte must come back.

Run by test_rgw.sh, which starts the RGW and sets AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
"""

import concurrent.futures
import os
import random
import sys
import unittest

import boto3
import botocore.config

from payload import payload

MIB = 1 << 20
BUCKET = "models"
# RGW compresses pieces of 4 MiB (rgw_max_chunk_size): the sizes lie around their borders.
SINGLE = [0, 1, 2, 3, 17, 511, 4096, 100_001, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 13 * MIB + 12_345]
# S3 wants at least 5 MiB a part but for the last.
PARTS = [5 * MIB + 1, 5 * MIB + 4097, 6 * MIB - 3, 5 * MIB, 12_345]


def client():
    """A client of its own for each thread."""
    return boto3.client(
        "s3",
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name="default",
        config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=120),
    )


def upload_parts(s3, key, parts):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    done = []
    for number, part in enumerate(parts, 1):
        tag = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=part)["ETag"]
        done.append({"PartNumber": number, "ETag": tag})
    s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": done})


def download(s3, key, first=None, last=None):
    extra = {} if first is None else {"Range": f"bytes={first}-{last}"}
    return s3.get_object(Bucket=BUCKET, Key=key, **extra)["Body"].read()


class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s3 = client()
        cls.s3.create_bucket(Bucket=BUCKET)

    def check(self, key, data):
        """The whole object, then ranges of it: the ends, piece borders, random ones."""
        self.assertTrue(download(self.s3, key) == data, f"{key}: GET differs")
        size = len(data)
        dice = random.Random(size)
        ranges = [(0, 0), (size - 1, size - 1), (0, size - 1), (4 * MIB - 1, 4 * MIB), (5 * MIB, 5 * MIB + 1)]
        for _ in range(6):
            first = dice.randrange(max(size, 1))
            ranges.append((first, min(size - 1, first + dice.randrange(6 * MIB))))
        for first, last in ranges:
            if 0 <= first <= last < size:
                got = download(self.s3, key, first, last)
                self.assertTrue(got == data[first : last + 1], f"{key}: range {first}-{last} differs")

    def test_single_uploads(self):
        for kind in ("bf16", "fp32", "text", "noise"):
            for size in SINGLE:
                key = f"single-{kind}-{size}"
                data = payload(kind, size, size)
                self.s3.put_object(Bucket=BUCKET, Key=key, Body=data)
                self.check(key, data)

    def test_multipart_with_odd_parts(self):
        for kind in ("bf16", "noise"):
            parts = [payload(kind, size, size) for size in PARTS]
            upload_parts(self.s3, f"parts-{kind}", parts)
            self.check(f"parts-{kind}", b"".join(parts))

    def test_incompressible_piece_after_a_compressible_one(self):
        """RGW fails a PUT if compression fails after the first piece: it must not, whatever the bytes."""
        data = payload("bf16", 4 * MIB, 1) + payload("noise", 4 * MIB, 2) + payload("text", 4 * MIB, 3)
        self.s3.put_object(Bucket=BUCKET, Key="changing", Body=data)
        self.check("changing", data)
        data = data[::-1]
        self.s3.put_object(Bucket=BUCKET, Key="changing-reversed", Body=data)
        self.check("changing-reversed", data)

    def test_eight_at_once(self):
        def work(i):
            s3 = client()
            kind = ("bf16", "fp32", "text", "noise")[i % 4]
            for round_number in range(3):
                data = payload(kind, 7 * MIB + 1013 * i + round_number, i)
                key = f"worker-{i}"
                s3.put_object(Bucket=BUCKET, Key=key, Body=data)
                if download(s3, key) != data:
                    return f"{key}: GET differs in round {round_number}"
            return None

        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            self.assertEqual([e for e in threads.map(work, range(8)) if e], [])


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2, warnings="ignore").result
    sys.exit(not result.wasSuccessful())
