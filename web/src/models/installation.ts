import { api, dataOf, type InstallableModel } from "../api/client";

export async function fetchInstallation(): Promise<readonly InstallableModel[]> {
  return (await dataOf(api.GET("/api/v1/models"))).items;
}

/** Starts the pull of each model. */
export async function startPulls(models: readonly InstallableModel[]): Promise<void> {
  await Promise.all(
    models.map((model) =>
      dataOf(api.POST("/api/v1/models/{id}/pull", { params: { path: { id: model.id } } })),
    ),
  );
}

/** Cancels the pull of each model. */
export async function cancelPulls(models: readonly InstallableModel[]): Promise<void> {
  await Promise.all(
    models.map((model) =>
      api.DELETE("/api/v1/models/{id}/pull", { params: { path: { id: model.id } } }),
    ),
  );
}
