package embedded

import (
	"context"
	"fmt"
	"net/url"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/cors"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Region is the region that the gateway is in, as far as signatures care.
const Region = "us-east-1"

// CreateBucket makes a bucket for evidence, if it does not exist: versioned, with object lock, and
// open to a browser's presigned PUT of any origin with the headers that evidence signs.
func (s *S3) CreateBucket(ctx context.Context, name string) error {
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("embedded: bucket %s: %w", name, err)
	}
	if err := createBucket(ctx, client, name); err != nil {
		return fmt.Errorf("embedded: bucket %s: %w", name, err)
	}
	return nil
}

func createBucket(ctx context.Context, client *minio.Client, name string) error {
	exists, err := client.BucketExists(ctx, name)
	if err != nil {
		return err
	}
	if !exists {
		if err := client.MakeBucket(ctx, name, minio.MakeBucketOptions{Region: Region, ObjectLocking: true}); err != nil {
			return err
		}
	}
	if err := client.EnableVersioning(ctx, name); err != nil {
		return err
	}
	return client.SetBucketCors(ctx, name, browserUploads())
}

func browserUploads() *cors.Config {
	return cors.NewConfig([]cors.Rule{{
		AllowedOrigin: []string{"*"}, // the signature in the URL is the permission
		AllowedMethod: []string{"PUT", "GET", "HEAD"},
		AllowedHeader: []string{"content-type", "if-none-match", "x-amz-checksum-sha256", "x-amz-sdk-checksum-algorithm"},
		ExposeHeader:  []string{"ETag", "x-amz-version-id", "x-amz-checksum-sha256"},
		MaxAgeSeconds: 3600,
	}})
}

func (s *S3) client() (*minio.Client, error) {
	endpoint, err := url.Parse(s.Endpoint)
	if err != nil {
		return nil, err
	}
	return minio.New(endpoint.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(s.AccessKey, s.SecretKey, ""),
		Region: Region,
	})
}
