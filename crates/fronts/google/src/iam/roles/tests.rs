use expect_test::expect;

use super::{PERMISSIONS, ROLES, find, names, of};

#[test]
fn every_action_is_one_that_policies_know() {
    for permission in PERMISSIONS {
        for action in permission.actions {
            assert!(claviger_core::actions::ALL.contains(action), "{}: {action}", permission.name);
        }
    }
}

#[test]
fn roles_have_permissions_that_there_are() {
    for (role, permissions) in ROLES {
        for name in *permissions {
            assert!(find(name).is_some(), "{role}: {name}");
        }
    }
    assert_eq!(of("roles/owner"), None);
    assert_eq!(of("roles/cloudkms.Admin"), None);
}

/// Who changes what a role means must look at this.
#[test]
fn what_roles_mean() {
    let row = |role: &str| {
        let mut actions: Vec<&str> =
            of(role).unwrap().iter().flat_map(|permission| permission.actions).copied().collect();
        actions.sort_unstable();
        actions.dedup();
        format!("{role}: {}\n", actions.join(" "))
    };
    let table: String = names().map(row).collect();
    expect![[r#"
        roles/cloudkms.cryptoKeyDecrypter: kms:Decrypt kms:RawDecrypt
        roles/cloudkms.cryptoKeyEncrypter: kms:Encrypt kms:RawEncrypt
        roles/cloudkms.cryptoKeyEncrypterDecrypter: kms:Decrypt kms:Encrypt kms:RawDecrypt kms:RawEncrypt
        roles/cloudkms.cryptoOperator: kms:Decrypt kms:Encrypt kms:GenerateMac kms:GenerateRandom kms:GetPublicKey kms:RawDecrypt kms:RawEncrypt kms:Sign kms:Verify kms:VerifyMac
        roles/cloudkms.importer: kms:CreateImportJob kms:GetImportJob kms:ListImportJobs kms:UseImportJob
        roles/cloudkms.publicKeyViewer: kms:GetPublicKey
        roles/cloudkms.signer: kms:GenerateMac kms:Sign
        roles/cloudkms.signerVerifier: kms:GenerateMac kms:GetPublicKey kms:Sign kms:Verify kms:VerifyMac
        roles/cloudkms.verifier: kms:GetPublicKey kms:Verify kms:VerifyMac
        roles/cloudkms.viewer: kms:DescribeKey kms:GetImportJob kms:GetKeyRing kms:ListImportJobs kms:ListKeyRings kms:ListKeys
        roles/cloudkms.admin: kms:CreateImportJob kms:CreateKey kms:CreateKeyRing kms:CreateKeyVersion kms:DescribeKey kms:DestroyKeyVersion kms:GetImportJob kms:GetKeyPolicy kms:GetKeyRing kms:GetKeyRingPolicy kms:ImportKeyVersion kms:ListImportJobs kms:ListKeyRings kms:ListKeys kms:PutKeyPolicy kms:PutKeyRingPolicy kms:RestoreKeyVersion kms:UpdateKey kms:UpdateKeyPrimaryVersion kms:UpdateKeyVersion kms:UseImportJob
    "#]].assert_eq(&table);
}
