use std::collections::HashMap;

use claviger_core::Error;
use claviger_keys as keys;
use prost::Message;

use crate::{
    call::{Answered, Call},
    names::LocationPath,
    wire::{kms, location},
};

/// There is one location.
pub(crate) async fn list(
    call: Call,
    request: location::ListLocationsRequest,
) -> Answered<location::ListLocationsResponse> {
    let account = call.names().project(&request.name)?;
    let location = LocationPath { account, ..call.location() };
    location.own(call.account())?;
    if !request.filter.is_empty() || !request.page_token.is_empty() {
        return Err(
            Error::invalid("There is one location: filters and page tokens are not supported.").into()
        );
    }
    call.run(keys::GetLocation).await?;
    Ok(location::ListLocationsResponse {
        locations: vec![rendered(&location)],
        next_page_token: String::new(),
    })
}

pub(crate) async fn get(call: Call, request: location::GetLocationRequest) -> Answered<location::Location> {
    let location = call.names().location(&request.name)?;
    location.own(call.account())?;
    call.run(keys::GetLocation).await?;
    Ok(rendered(&location))
}

fn rendered(path: &LocationPath) -> location::Location {
    let metadata = kms::LocationMetadata::default();
    location::Location {
        name: path.to_string(),
        location_id: path.region.to_string(),
        display_name: path.region.to_string(),
        labels: HashMap::from([("cloud.googleapis.com/region".to_owned(), path.region.to_string())]),
        metadata: Some(prost_types::Any {
            type_url: "type.googleapis.com/google.cloud.kms.v1.LocationMetadata".to_owned(),
            value: metadata.encode_to_vec(),
        }),
    }
}
