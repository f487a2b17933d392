import { lazy, Suspense } from 'react';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import { ErrorBoundary } from './error-boundary';
import { SignedIn } from './signed-in';
import { SignedOut } from './signed-out';

// Each page is a chunk of its own; what is common (urql, router, i18n, Radix's menu) is in the entry.
const Dashboards = lazy(() => import('../features/dashboards/dashboards-page'));
const Dashboard = lazy(() => import('../features/dashboards/dashboard-page'));
const Datasets = lazy(() => import('../features/datasets/datasets-page'));
const Dataset = lazy(() => import('../features/datasets/dataset-page'));
const NewImport = lazy(() => import('../features/datasets/import-page'));
const Developer = lazy(() => import('../features/developer/developer-page'));
const SignIn = lazy(() => import('../features/auth/sign-in-page'));
const Register = lazy(() => import('../features/auth/register-page'));
const NotFound = lazy(() => import('./not-found-page'));

export function App() {
  return (
    <BrowserRouter>
      <ErrorBoundary>
        <Suspense>
          <Routes>
            <Route element={<SignedOut />}>
              <Route path="/sign-in" element={<SignIn />} />
              <Route path="/register" element={<Register />} />
            </Route>
            <Route element={<SignedIn />}>
              <Route index element={<Navigate to="/dashboards" replace />} />
              <Route path="/dashboards" element={<Dashboards />} />
              <Route path="/dashboards/:id" element={<Dashboard />} />
              <Route path="/datasets" element={<Datasets />} />
              <Route path="/datasets/import" element={<NewImport />} />
              <Route path="/datasets/:id" element={<Dataset />} />
              <Route path="/developer" element={<Developer />} />
              <Route path="*" element={<NotFound />} />
            </Route>
          </Routes>
        </Suspense>
      </ErrorBoundary>
    </BrowserRouter>
  );
}
