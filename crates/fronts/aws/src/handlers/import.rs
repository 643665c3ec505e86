use crate::{
    call::Call,
    convert::import as convert,
    reply::{Answer, Reply},
    wire::{
        import::{DeleteImportedKeyMaterialRequest, GetParametersForImportRequest, ImportKeyMaterialRequest},
        lifecycle::KeyIdReply,
    },
};

pub(crate) async fn get_parameters_for_import(call: &mut Call) -> Answer {
    let request: GetParametersForImportRequest<'_> = call.parse()?;
    let operation = convert::get_parameters_for_import(request, call.names())?;
    let parameters = call.run(operation).await?;
    Reply::public(&convert::parameters_reply(&parameters))
}

pub(crate) async fn import_key_material(call: &mut Call) -> Answer {
    let request: ImportKeyMaterialRequest<'_> = call.parse()?;
    let operation = convert::import_key_material(request, call.names())?;
    let imported = call.run(operation).await?;
    Reply::public(&KeyIdReply { key_id: &imported.key_arn })
}

pub(crate) async fn delete_imported_key_material(call: &mut Call) -> Answer {
    let request: DeleteImportedKeyMaterialRequest<'_> = call.parse()?;
    let operation = convert::delete_imported_key_material(request, call.names())?;
    let deleted = call.run(operation).await?;
    Reply::public(&KeyIdReply { key_id: &deleted.key_arn })
}
